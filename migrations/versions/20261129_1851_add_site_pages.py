"""add pages that the owner writes

Revision ID: 20261129_1851
Revises: 20261129_1850
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_1851"
down_revision = "20261129_1850"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "site_page",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "length(body) BETWEEN 1 AND 200000", name=op.f("ck_site_page_body_length")
        ),
        sa.PrimaryKeyConstraint("name", "language", name=op.f("pk_site_page")),
    )


def downgrade() -> None:
    op.drop_table("site_page")
