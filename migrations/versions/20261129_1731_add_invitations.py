"""add invitations

Revision ID: 20261129_1731
Revises: 20261129_1730
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_1731"
down_revision = "20261129_1730"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("uses_max", sa.Integer(), nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.CheckConstraint(
            "uses_left BETWEEN 0 AND uses_max", name="ck_invitation_uses_left_range"
        ),
        foreign_key("invitation", "user_id", "user", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
        sa.UniqueConstraint("nonce", name="uq_invitation_nonce"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_invitation_user_id_id", "invitation", ["user_id", "id"])
    op.create_index("ix_invitation_expires_at", "invitation", ["expires_at"])
    op.create_table(
        "invitee",
        sa.Column("user_id", ID, autoincrement=False, nullable=False),
        sa.Column("inviter_id", ID, nullable=True),
        sa.Column("invitation_id", ID, nullable=True),
        foreign_key("invitee", "user_id", "user", "CASCADE"),
        foreign_key("invitee", "inviter_id", "user", "SET NULL"),
        foreign_key("invitee", "invitation_id", "invitation", "SET NULL"),
        sa.PrimaryKeyConstraint("user_id", name="pk_invitee"),
    )
    for column in ("inviter_id", "invitation_id"):
        op.create_index(f"ix_invitee_{column}", "invitee", [column])


def foreign_key(table: str, column: str, other: str, ondelete: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}"
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete=ondelete)


def downgrade() -> None:
    op.drop_table("invitee")
    op.drop_table("invitation")
