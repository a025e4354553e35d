"""add email_changed_at

Revision ID: 20261128_1520
Revises: 20261128_1510
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1520"
down_revision = "20261128_1510"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user", sa.Column("email_changed_at", sa.DateTime(timezone=True), nullable=True))
    # Until now the mail that was queued then was the only trace of a change.
    person = sa.table("user", sa.column("id"), sa.column("email_changed_at"))
    task = sa.table(
        "task", sa.column("user_id"), sa.column("created_at"), sa.column("payload", sa.JSON)
    )
    is_trace = task.c.payload["template"].as_string() == "email_changed"
    newest = sa.select(sa.func.max(task.c.created_at)).where(is_trace)
    op.execute(
        sa.update(person)
        .values(email_changed_at=newest.where(task.c.user_id == person.c.id).scalar_subquery())
        .where(person.c.id.in_(sa.select(task.c.user_id).where(is_trace)))
    )


def downgrade() -> None:
    op.execute('ALTER TABLE "user" DROP COLUMN email_changed_at')
