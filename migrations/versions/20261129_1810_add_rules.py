"""add the rules of the site

Revision ID: 20261129_1810
Revises: 20261129_1741
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_1810"
down_revision = "20261129_1741"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEYS = ("spam", "hatred", "privacy", "impersonation")


def upgrade() -> None:
    op.create_table(
        "rule",
        sa.Column("id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=20), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule")),
        sa.UniqueConstraint("key", name=op.f("uq_rule_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "rule_text",
        sa.Column("rule_id", ID, autoincrement=False, nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("title", sa.String(length=800), nullable=False),
        sa.Column("text", sa.String(length=5000), nullable=False),
        sa.CheckConstraint(
            "length(title) BETWEEN 1 AND 800", name=op.f("ck_rule_text_title_length")
        ),
        sa.CheckConstraint(
            "length(text) BETWEEN 0 AND 5000", name=op.f("ck_rule_text_text_length")
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["rule.id"], name=op.f("fk_rule_text_rule_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("rule_id", "language", name=op.f("pk_rule_text")),
    )
    row = "INSERT INTO rule (id, position, key) VALUES "
    rows = (f"({number}, {number}, '{key}')" for number, key in enumerate(KEYS, start=1))
    op.execute(row + ", ".join(rows))
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER SEQUENCE rule_id_seq RESTART WITH {len(KEYS) + 1}")


def downgrade() -> None:
    op.drop_table("rule_text")
    op.drop_table("rule")
