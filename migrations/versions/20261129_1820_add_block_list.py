"""add block list

Revision ID: 20261129_1820
Revises: 20261129_1817
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_1820"
down_revision = "20261129_1817"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "blocklist_entry",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=255), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("maker_id", ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('domain', 'address', 'network', 'username')",
            name=op.f("ck_blocklist_entry_kind_known"),
        ),
        sa.CheckConstraint(
            "length(value) BETWEEN 1 AND 255", name=op.f("ck_blocklist_entry_value_length")
        ),
        sa.CheckConstraint(
            "length(note) BETWEEN 0 AND 2000", name=op.f("ck_blocklist_entry_note_length")
        ),
        sa.ForeignKeyConstraint(
            ["maker_id"], ["user.id"], name=op.f("fk_blocklist_entry_maker_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocklist_entry")),
        sa.UniqueConstraint("kind", "value", name="uq_blocklist_entry_kind_value"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_blocklist_entry_maker_id", "blocklist_entry", ["maker_id"])
    op.create_index("ix_blocklist_entry_kind_id", "blocklist_entry", ["kind", "id"])


def downgrade() -> None:
    op.drop_table("blocklist_entry")
