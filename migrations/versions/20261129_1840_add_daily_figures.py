"""add figures of each day, and find failed jobs without reading all

Revision ID: 20261129_1840
Revises: 20261129_1820
"""

import sqlalchemy as sa
from alembic import op

from app.database.online_indexes import create_index, drop_index, online

revision = "20261129_1840"
down_revision = "20261129_1820"
branch_labels = None
depends_on = None

INDEX, FAILED = "ix_task_failed", "(id) WHERE failed_at IS NOT NULL"


def upgrade() -> None:
    op.create_table(
        "daily_figure",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "kind", name="pk_daily_figure"),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE INDEX {INDEX} ON task {FAILED}")
        return
    with online():
        create_index(INDEX, "task", FAILED)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP INDEX {INDEX}")
    else:
        with online():
            drop_index(INDEX)
    op.drop_table("daily_figure")
