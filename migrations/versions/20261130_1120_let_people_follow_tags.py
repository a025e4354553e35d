"""let people follow tags

Revision ID: 20261130_1120
Revises: 20261130_1110
"""

import sqlalchemy as sa
from alembic import op

revision = "20261130_1120"
down_revision = "20261130_1110"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "tag_follow",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("tag", sa.String(50), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name="fk_tag_follow_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_tag_follow"),
        sa.UniqueConstraint("user_id", "tag", name="uq_tag_follow_user_id_tag"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("tag_follow")
