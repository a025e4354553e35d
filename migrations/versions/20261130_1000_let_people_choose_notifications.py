"""let people choose how they hear of what others do, and send a daily digest

Revision ID: 20261130_1000
Revises: 20261130_0920
"""

import sqlalchemy as sa
from alembic import op

revision = "20261130_1000"
down_revision = "20261130_0920"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "notification_choice",
        sa.Column("user_id", ID, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("delivery", sa.String(16), nullable=False),
        sa.Column("from_whom", sa.String(16), nullable=False),
        sa.CheckConstraint(
            "delivery IN ('site', 'mail', 'digest', 'none')",
            name="ck_notification_choice_delivery_known",
        ),
        sa.CheckConstraint(
            "from_whom IN ('everyone', 'followed')", name="ck_notification_choice_from_whom_known"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name="fk_notification_choice_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "name", name="pk_notification_choice"),
    )
    op.create_table(
        "digest",
        sa.Column("user_id", ID, autoincrement=False, nullable=False),
        sa.Column("hour", sa.SmallInteger(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("covered_until", TIME, nullable=False),
        sa.Column("stopped_at", TIME),
        sa.CheckConstraint("hour BETWEEN 0 AND 23", name="ck_digest_hour_known"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name="fk_digest_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name="pk_digest"),
    )
    op.add_column("notification_group", sa.Column("mailed_at", TIME))


def downgrade() -> None:
    op.drop_column("notification_group", "mailed_at")
    op.drop_table("digest")
    op.drop_table("notification_choice")
