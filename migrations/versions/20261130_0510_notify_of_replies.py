"""notify people of replies

Revision ID: 20261130_0510
Revises: 20261130_0500
"""

from alembic import op

from app.database.online_checks import allow

revision = "20261130_0510"
down_revision = "20261130_0500"
branch_labels = None
depends_on = None

BEFORE = ("follow", "mention", "security", "export", "decision", "report")
AFTER = ("follow", "mention", "reply", "security", "export", "decision", "report")


def upgrade() -> None:
    allow("notification", "name", BEFORE, AFTER)


def downgrade() -> None:
    op.execute("DELETE FROM notification WHERE name = 'reply'")
    allow("notification", "name", AFTER, BEFORE)
