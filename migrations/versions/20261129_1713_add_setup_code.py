"""add setup_code

Revision ID: 20261129_1713
Revises: 20261129_1712
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_1713"
down_revision = "20261129_1712"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "setup_code",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_setup_code_only_one"),
        sa.PrimaryKeyConstraint("id", name="pk_setup_code"),
    )


def downgrade() -> None:
    op.drop_table("setup_code")
