"""add drafts

Revision ID: 20261130_1200
Revises: 20261130_1120
"""

import sqlalchemy as sa
from alembic import op

revision = "20261130_1200"
down_revision = "20261130_1120"
branch_labels = None
depends_on = None

TITLE, BODY, NOTE = 1_200, 100_000, 1_000
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("id", ID, nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("title", sa.String(TITLE), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("content_note", sa.String(NOTE), nullable=False),
        sa.Column("visibility", sa.String(16), nullable=False),
        sa.Column("reply_to_id", ID, nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"length(title) BETWEEN 0 AND {TITLE}", name="ck_draft_title_length"),
        sa.CheckConstraint(f"length(body) BETWEEN 0 AND {BODY}", name="ck_draft_body_length"),
        sa.CheckConstraint(
            f"length(content_note) BETWEEN 0 AND {NOTE}", name="ck_draft_content_note_length"
        ),
        sa.CheckConstraint(
            "visibility IN ('public', 'unlisted', 'followers')", name="ck_draft_visibility_known"
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user.id"], name="fk_draft_author_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_draft"),
        sa.UniqueConstraint("author_id", "key", name="uq_draft_author_id_key"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("draft")
