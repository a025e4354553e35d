"""publish drafts at a time that their authors choose

Revision ID: 20261201_0020
Revises: 20261201_0010
"""

import sqlalchemy as sa
from alembic import op

from app.database.online_checks import allow

revision = "20261201_0020"
down_revision = "20261201_0010"
branch_labels = None
depends_on = None

BEFORE = (
    *("follow", "follow_request", "follow_accepted", "mention", "reply", "like", "repost"),
    *("security", "export", "decision", "report"),
)
AFTER = (
    *("follow", "follow_request", "follow_accepted", "mention", "reply", "like", "repost"),
    *("security", "export", "schedule", "decision", "report"),
)
TABLES = ("notification", "notification_group")
REASONS = (
    *("late", "not_allowed", "parent_gone", "replies_closed", "repeated", "too_long"),
    "unscheduled",
)
# With the column, since SQLite cannot add one to the table.
KNOWN = "CONSTRAINT ck_draft_failure_known CHECK (failure IN ({}))".format(
    ", ".join(f"'{reason}'" for reason in REASONS)
)
WHERE = sa.text("publish_at IS NOT NULL")


def upgrade() -> None:
    for table in TABLES:
        allow(table, "name", BEFORE, AFTER)
    op.add_column("draft", sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(f"ALTER TABLE draft ADD COLUMN failure VARCHAR(16) {KNOWN}")
    op.create_index(
        "ix_draft_publish_at", "draft", ["publish_at"], sqlite_where=WHERE, postgresql_where=WHERE
    )


def downgrade() -> None:
    op.drop_index("ix_draft_publish_at", "draft")
    for column in ("failure", "publish_at"):
        op.drop_column("draft", column)
    for name in reversed(TABLES):
        rows = sa.table(name, sa.column("name"))
        op.execute(sa.delete(rows).where(rows.c.name.not_in(BEFORE)))
        allow(name, "name", AFTER, BEFORE)
