"""add search changes

Revision ID: 20261121_1610
Revises: 20261121_1600
"""

import sqlalchemy as sa
from alembic import op

revision = "20261121_1610"
down_revision = "20261121_1600"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("kind IN ('post', 'user')", name=op.f("ck_search_change_kind_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_change")),
        sqlite_autoincrement=True,
    )
    # Not in batches: on SQLite that would make the tables anew, without their triggers.
    for name in ("post", "user"):
        version = sa.Column("search_version", sa.BigInteger(), server_default="0", nullable=False)
        op.add_column(name, version)


def downgrade() -> None:
    for name in ("user", "post"):
        op.drop_column(name, "search_version")
    op.drop_table("search_change")
