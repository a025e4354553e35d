"""add announcements

Revision ID: 20261129_1841
Revises: 20261129_1840
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_1841"
down_revision = "20261129_1840"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "announcement",
        sa.Column("id", ID, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_announcement_ends_at", "announcement", ["ends_at"])
    op.create_table(
        "announcement_text",
        sa.Column("announcement_id", ID, autoincrement=False, nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("body", sa.String(length=5000), nullable=False),
        sa.CheckConstraint(
            "length(body) BETWEEN 1 AND 5000", name=op.f("ck_announcement_text_body_length")
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name=op.f("fk_announcement_text_announcement_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("announcement_id", "language", name=op.f("pk_announcement_text")),
    )
    op.create_table(
        "announcement_dismissal",
        sa.Column("user_id", ID, autoincrement=False, nullable=False),
        sa.Column("announcement_id", ID, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user.id"],
            name=op.f("fk_announcement_dismissal_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name=op.f("fk_announcement_dismissal_announcement_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "user_id", "announcement_id", name=op.f("pk_announcement_dismissal")
        ),
    )
    op.create_index(
        "ix_announcement_dismissal_announcement_id", "announcement_dismissal", ["announcement_id"]
    )


def downgrade() -> None:
    op.drop_table("announcement_dismissal")
    op.drop_table("announcement_text")
    op.drop_table("announcement")
