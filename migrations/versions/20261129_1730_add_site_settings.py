"""add settings that change while the site runs

Revision ID: 20261129_1730
Revises: 20261129_1713
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_1730"
down_revision = "20261129_1713"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "site_setting",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "length(value) BETWEEN 0 AND 10000", name="ck_site_setting_value_length"
        ),
        sa.PrimaryKeyConstraint("name", name="pk_site_setting"),
    )
    op.create_table(
        "site_version",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_site_version"),
    )


def downgrade() -> None:
    op.drop_table("site_version")
    op.drop_table("site_setting")
