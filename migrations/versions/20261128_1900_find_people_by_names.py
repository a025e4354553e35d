"""find people by the beginning of their names, and list them by name

Old processes find by whole words meanwhile, and who registers with them is listed first, until they
change their name.

Revision ID: 20261128_1900
Revises: 20261128_1810
"""

import sqlalchemy as sa
from alembic import op

from app.lib.search.documents import person_text
from app.lib.search.folding import fold, sort_key

revision = "20261128_1900"
down_revision = "20261128_1810"
branch_labels = None
depends_on = None

CLOSED = sa.text("closed_at IS NOT NULL")
# By code point, as SQLite compares.
KEY = sa.String(100).with_variant(sa.String(100, "C"), "postgresql")
BATCH = 500

PERSON = sa.table(
    "user", sa.column("id"), sa.column("username"), sa.column("display_name"),
    sa.column("about_me"), sa.column("name_key"), sa.column("search_text"),
    sa.column("search_version"),
)  # fmt: skip


def upgrade() -> None:
    op.add_column("user", sa.Column("name_key", KEY, nullable=False, server_default=sa.text("''")))
    op.drop_index("ix_user_closed_at", table_name="user")
    rewrite(
        lambda row: {
            "name_key": sort_key(row.display_name, row.username),
            "search_text": person_text(row.username, row.display_name, row.about_me),
        }
    )
    op.create_index(
        "ix_user_closed_at",
        "user",
        ["closed_at"],
        sqlite_where=CLOSED,
        postgresql_where=CLOSED,
    )
    op.create_index("ix_user_name_key_id", "user", ["name_key", "id"])
    op.create_index("ix_user_followers_count_id", "user", ["followers_count", "id"])


def downgrade() -> None:
    op.drop_index("ix_user_followers_count_id", table_name="user")
    op.drop_index("ix_user_name_key_id", table_name="user")
    op.drop_index("ix_user_closed_at", table_name="user")
    rewrite(
        lambda row: {"search_text": fold(f"{row.username}\n{row.display_name}\n{row.about_me}")}
    )
    op.create_index("ix_user_closed_at", "user", ["closed_at"])
    op.drop_column("user", "name_key")


def rewrite(values_of) -> None:
    """Change all people, and count it as a change of what is indexed."""
    connection, last = op.get_bind(), 0
    columns = PERSON.c.id, PERSON.c.username, PERSON.c.display_name, PERSON.c.about_me
    while rows := connection.execute(
        sa.select(*columns).where(PERSON.c.id > last).order_by(PERSON.c.id).limit(BATCH)
    ).all():
        last = rows[-1].id
        values = [{"row_id": row.id, **values_of(row)} for row in rows]
        change = sa.update(PERSON).where(PERSON.c.id == sa.bindparam("row_id"))
        names = {name: sa.bindparam(name) for name in values[0] if name != "row_id"}
        change = change.values(search_version=PERSON.c.search_version + 1, **names)
        connection.execute(change, values)
