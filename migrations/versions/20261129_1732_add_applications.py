"""add applications to join

Revision ID: 20261129_1732
Revises: 20261129_1731
"""

import sqlalchemy as sa
from alembic import op

from app.database.online_indexes import create_index, drop_index, online

revision = "20261129_1732"
down_revision = "20261129_1731"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
INDEX = "ix_user_applied_at"
LENGTH = 5000
DEFINITION = "(applied_at) WHERE applied_at IS NOT NULL"


def upgrade() -> None:
    # NULL: a member, as everybody is before.
    op.add_column("user", sa.Column("applied_at", TIME, nullable=True))
    op.create_table(
        "application",
        sa.Column("user_id", ID, autoincrement=False, nullable=False),
        sa.Column("reason", sa.String(length=LENGTH), nullable=False),
        sa.Column("network", sa.String(length=64), nullable=False),
        sa.Column("notified_at", TIME, nullable=True),
        sa.CheckConstraint(
            f"length(reason) BETWEEN 0 AND {LENGTH}", name="ck_application_reason_length"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name="fk_application_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name="pk_application"),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f'CREATE INDEX {INDEX} ON "user" {DEFINITION}')
        return
    with online():
        create_index(INDEX, "user", DEFINITION)


def downgrade() -> None:
    # Without the queue, nobody is let in by anybody: who still waits goes.
    op.execute('DELETE FROM "user" WHERE applied_at IS NOT NULL')
    op.drop_table("application")
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP INDEX {INDEX}")
        op.execute('ALTER TABLE "user" DROP COLUMN applied_at')
        return
    with online():
        drop_index(INDEX)
    op.drop_column("user", "applied_at")
