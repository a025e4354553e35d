"""let people block and mute each other

Revision ID: 20261129_1700
Revises: 20261129_0320
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_1700"
down_revision = "20261129_0320"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def person(table: str, column: str) -> tuple[sa.Column, sa.Constraint]:
    """A column that names somebody, and goes with them."""
    key = sa.ForeignKeyConstraint(
        [column], ["user.id"], name=f"fk_{table}_{column}", ondelete="CASCADE"
    )
    return sa.Column(column, ID, nullable=False), key


def upgrade() -> None:
    create_pairs(
        "block",
        "blocker_id",
        "blocked_id",
        sa.Column("was_following", sa.Boolean(), nullable=False),
        sa.Column("was_followed", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_block_blocked_id_blocker_id", "block", ["blocked_id", "blocker_id"])
    create_pairs(
        "mute",
        "muter_id",
        "muted_id",
        sa.Column("expires_at", TIME, nullable=True),
        sa.Column("hides_notifications", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_mute_muted_id", "mute", ["muted_id"])
    op.create_index("ix_mute_expires_at", "mute", ["expires_at"])


def create_pairs(table: str, one: str, other: str, *columns: sa.Column) -> None:
    one_id, one_key = person(table, one)
    other_id, other_key = person(table, other)
    op.create_table(
        table,
        sa.Column("id", ID, nullable=False),
        one_id,
        other_id,
        sa.Column("created_at", TIME, nullable=False),
        *columns,
        sa.CheckConstraint(f"{one} <> {other}", name=f"ck_{table}_not_oneself"),
        one_key,
        other_key,
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint(one, other, name=f"uq_{table}_{one}_{other}"),
        sqlite_autoincrement=True,
    )
    op.create_index(f"ix_{table}_{one}_id", table, [one, "id"])


def downgrade() -> None:
    op.drop_table("mute")
    op.drop_table("block")
