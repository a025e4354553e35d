"""add session.password_at

Revision ID: 20261128_1800
Revises: 20261128_1710
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1800"
down_revision = "20261128_1710"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # NULL: the password was given when the session began.
    op.add_column("session", sa.Column("password_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.execute("ALTER TABLE session DROP COLUMN password_at")
