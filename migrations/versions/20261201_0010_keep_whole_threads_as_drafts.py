"""keep whole threads as drafts, with who may reply and in which language

Revision ID: 20261201_0010
Revises: 20261130_1210
"""

import sqlalchemy as sa
from alembic import op

revision = "20261201_0010"
down_revision = "20261130_1210"
branch_labels = None
depends_on = None

# With the column, since SQLite cannot add one to the table.
KNOWN = (
    "CONSTRAINT ck_draft_replies_from_known "
    "CHECK (replies_from IN ('everyone', 'followed', 'mentioned', 'nobody'))"
)


def upgrade() -> None:
    op.add_column("draft", sa.Column("more", sa.JSON, nullable=True))
    op.add_column("draft", sa.Column("language", sa.String(5), nullable=True))
    op.execute(
        f"ALTER TABLE draft ADD COLUMN replies_from VARCHAR(16) DEFAULT 'everyone' NOT NULL {KNOWN}"
    )


def downgrade() -> None:
    for column in ("replies_from", "language", "more"):
        op.drop_column("draft", column)
