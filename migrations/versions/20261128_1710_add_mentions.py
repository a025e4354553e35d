"""add mentions

Revision ID: 20261128_1710
Revises: 20261128_1700
"""

import re
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "20261128_1710"
down_revision = "20261128_1700"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
BATCH = 500
LINK = re.compile(r'<a class="mention" href="/user/([^"]+)">@([^<]+)</a>')


def upgrade() -> None:
    mention = op.create_table(
        "mention",
        sa.Column("post_id", ID, nullable=False),
        sa.Column("name", sa.String(30), nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name="fk_mention_post_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name="fk_mention_user_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("post_id", "name", name="pk_mention"),
    )
    op.create_index("ix_mention_user_id_post_id", "mention", ["user_id", "post_id"])
    user = sa.table("user", *map(sa.column, ("id", "username", "username_key")))
    former = sa.table("former_username", sa.column("user_id"), sa.column("username_key"))
    connection = op.get_bind()
    people = dict(connection.execute(sa.select(former.c.username_key, former.c.user_id)).all())
    people |= dict(connection.execute(sa.select(user.c.username_key, user.c.id)).all())
    names = dict(connection.execute(sa.select(user.c.id, user.c.username)).all())
    for table, post_id in (("post", "id"), ("post_revision", "post_id")):
        posts = sa.table(table, *map(sa.column, {"id", post_id, "html"}))
        for rows in batches(sa.select(posts.c.id, posts.c[post_id], posts.c.html), posts):
            fill(mention, rows, people)
            link(posts, rows, people, names)


def batches(select: sa.Select, posts: sa.TableClause) -> Iterator[list[sa.Row]]:
    """Yield those with mentions."""
    last = 0
    select = select.where(posts.c.html.contains('<a class="mention"')).order_by(posts.c.id)
    while rows := op.get_bind().execute(select.where(posts.c.id > last).limit(BATCH)).all():
        yield rows
        last = rows[-1][0]


def fill(mention: sa.Table, rows: list[sa.Row], people: dict[str, int | None]) -> None:
    """Add the people whom the HTML of posts links to."""
    new = {
        (post_id, name.lower()): people.get(linked.lower())
        for _, post_id, html in rows
        for linked, name in LINK.findall(html)
    }
    known = sa.select(mention.c.post_id, mention.c.name)
    known = known.where(mention.c.post_id.in_({row[1] for row in rows}))
    for row in op.get_bind().execute(known).all():
        new.pop(tuple(row), None)
    values = [
        {"post_id": post_id, "name": name, "user_id": user_id}
        for (post_id, name), user_id in new.items()
    ]
    if values:
        op.get_bind().execute(sa.insert(mention), values)


def link(
    posts: sa.TableClause, rows: list[sa.Row], people: dict[str, int | None], names: dict[int, str]
) -> None:
    """Link to the current name of those who changed it."""

    def current(match: re.Match[str]) -> str:
        username = names.get(people.get(match[1].lower()) or 0, match[1])
        return f'<a class="mention" href="/user/{username}">@{match[2]}</a>'

    for row_id, _, html in rows:
        if (changed := LINK.sub(current, html)) != html:
            op.get_bind().execute(sa.update(posts).where(posts.c.id == row_id).values(html=changed))


def downgrade() -> None:
    op.drop_table("mention")
