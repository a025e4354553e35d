"""add exports

Revision ID: 20261121_1600
Revises: 20261121_1550
"""

import sqlalchemy as sa
from alembic import op

revision = "20261121_1600"
down_revision = "20261121_1550"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "export",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("task_id", ID, nullable=True),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("progress_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("progress BETWEEN 0 AND 100", name=op.f("ck_export_progress_percent")),
        sa.ForeignKeyConstraint(
            ["task_id"], ["task.id"], name=op.f("fk_export_task_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_export_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("export") as batch:
        batch.create_index("ix_export_user_id_id", ["user_id", "id"])
        batch.create_index("ix_export_task_id", ["task_id"])


def downgrade() -> None:
    op.drop_table("export")
