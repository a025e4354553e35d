"""let people mute conversations

Revision ID: 20261130_0910
Revises: 20261130_0900
"""

import sqlalchemy as sa
from alembic import op

revision = "20261130_0910"
down_revision = "20261130_0900"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "conversation_mute",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("root_id", ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name="fk_conversation_mute_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_conversation_mute"),
        sa.UniqueConstraint("user_id", "root_id", name="uq_conversation_mute_user_id_root_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_conversation_mute_root_id", "conversation_mute", ["root_id"])


def downgrade() -> None:
    op.drop_table("conversation_mute")
