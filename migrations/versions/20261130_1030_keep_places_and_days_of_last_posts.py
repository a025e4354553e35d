"""keep how far people have read, on which day they posted last, and whether keys do something

Revision ID: 20261130_1030
Revises: 20261130_1020
"""

import sqlalchemy as sa
from alembic import op

from app.database.online_indexes import create_index, drop_index, online

revision = "20261130_1030"
down_revision = "20261130_1020"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INDEX = "ix_user_last_posted_on_id"
# So many people at a time; each is a transaction of its own on PostgreSQL.
BATCH = 500
# By a range of the index, since PostgreSQL may walk everybody's posts back to the last of one.
FILL = """
UPDATE "user" SET last_posted_on = (
    SELECT {day} FROM post
    WHERE author_id BETWEEN "user".id AND "user".id
      AND deleted_at IS NULL AND hidden_at IS NULL AND visibility = 'public'
    ORDER BY author_id DESC, id DESC LIMIT 1
) WHERE id IN (
    SELECT id FROM "user" WHERE id > :low AND id <= :high AND posts_count > 0 ORDER BY id {lock}
)
"""
DAYS = {
    "sqlite": "date(created_at)",
    "postgresql": "CAST(created_at AT TIME ZONE 'UTC' AS date)",
}


def upgrade() -> None:
    # First, since that needs the whole table, which the reference to it only locks in part.
    keys = sa.Column("uses_shortcuts", sa.Boolean(), server_default=sa.true(), nullable=False)
    op.add_column("user", keys)
    op.add_column("user", sa.Column("last_posted_on", sa.Date()))
    op.create_table(
        "marker",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("timeline", sa.String(16), nullable=False),
        sa.Column("last_read_id", ID, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("session_id", ID),
        sa.CheckConstraint(
            "timeline IN ('home', 'notifications')", name="ck_marker_timeline_known"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], ondelete="CASCADE", name="fk_marker_user_id"
        ),
        sa.PrimaryKeyConstraint("user_id", "timeline", name="pk_marker"),
    )
    if op.get_bind().dialect.name == "sqlite":
        fill()
        op.execute(f'CREATE INDEX {INDEX} ON "user" (last_posted_on, id)')
        return
    with online():
        fill()
        create_index(INDEX, "user", "(last_posted_on, id)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP INDEX {INDEX}")
    else:
        with online():
            drop_index(INDEX)
    op.drop_column("user", "last_posted_on")
    op.drop_column("user", "uses_shortcuts")
    op.drop_table("marker")


def fill() -> None:
    connection = op.get_bind()
    name = connection.dialect.name
    # In the order of ids, as those do who follow each other meanwhile.
    lock = "FOR NO KEY UPDATE" if name == "postgresql" else ""
    change = sa.text(FILL.format(day=DAYS[name], lock=lock))
    last = connection.execute(sa.text('SELECT max(id) FROM "user"')).scalar_one() or 0
    for low in range(0, last, BATCH):
        connection.execute(change, {"low": low, "high": low + BATCH})
