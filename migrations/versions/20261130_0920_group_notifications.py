"""let notifications of one post stand together, beginning with likes

Revision ID: 20261130_0920
Revises: 20261130_0910
"""

import sqlalchemy as sa
from alembic import op

from app.database.online_checks import allow
from app.database.online_indexes import create_index, drop_index, online, release_locks

revision = "20261130_0920"
down_revision = "20261130_0910"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
BEFORE = ("follow", "mention", "reply", "security", "export", "decision", "report")
AFTER = ("follow", "mention", "reply", "like", "security", "export", "decision", "report")
TABLE = "notification_group"
# So many notifications at a time; each is a transaction of its own on PostgreSQL.
BATCH = 20_000
FILL = """
INSERT INTO notification_group (name, user_id, post_id, count, newest_id, created_at, read_at)
SELECT name, user_id, post_id, 1, id, created_at, read_at FROM notification
WHERE id > :low AND id <= :high
"""
# Old and new indexes of notifications: whose they are, and of which post.
INDEXES = (
    ("ix_notification_actor_id", ["actor_id"], ["actor_id", "post_id"]),
    ("ix_notification_post_id", ["post_id"], ["post_id", "id"]),
)


def upgrade() -> None:
    allow("notification", "name", BEFORE, AFTER)
    op.add_column("notification", sa.Column("hidden_at", TIME))
    release_locks()
    keys = {"post_id": "post", "user_id": "user", "newest_id": "notification"}
    op.create_table(
        TABLE,
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("post_id", ID),
        sa.Column("day", TIME),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("newest_id", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("read_at", TIME),
        sa.CheckConstraint(sa.column("name").in_(AFTER), name=op.f(f"ck_{TABLE}_name_known")),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=f"fk_{TABLE}_{column}", ondelete="CASCADE"
            )
            for column, table in keys.items()
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{TABLE}"),
        sqlite_autoincrement=True,
    )
    release_locks()
    if op.get_bind().dialect.name == "sqlite":
        fill()
    else:
        with online():
            fill()
    op.execute(
        f"CREATE UNIQUE INDEX ix_{TABLE}_of ON {TABLE} (user_id, name, post_id, day) "
        "WHERE day IS NOT NULL"
    )
    for columns in (["user_id", "newest_id"], ["user_id", "read_at"], ["newest_id"], ["post_id"]):
        op.create_index(f"ix_{TABLE}_{'_'.join(columns)}", TABLE, columns)
    replace_indexes(to_new=True)


def fill() -> None:
    """Have each of the notifications that there are stand alone."""
    connection = op.get_bind()
    last = connection.execute(sa.text("SELECT max(id) FROM notification")).scalar_one() or 0
    for low in range(0, last, BATCH):
        connection.execute(sa.text(FILL), {"low": low, "high": low + BATCH})


def downgrade() -> None:
    op.drop_table(TABLE)
    op.execute("DELETE FROM notification WHERE name = 'like' OR hidden_at IS NOT NULL")
    allow("notification", "name", AFTER, BEFORE)
    op.drop_column("notification", "hidden_at")
    replace_indexes(to_new=False)


def replace_indexes(*, to_new: bool) -> None:
    for old, before, after in INDEXES:
        names = (old, f"ix_notification_{'_'.join(after)}")
        gone, made = names if to_new else reversed(names)
        columns = after if to_new else before
        if op.get_bind().dialect.name == "sqlite":
            op.create_index(made, "notification", columns)
            op.drop_index(gone, "notification")
            continue
        with online():
            create_index(made, "notification", f"({', '.join(columns)})")
            drop_index(gone)
