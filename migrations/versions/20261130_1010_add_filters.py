"""let people filter words and tags

Revision ID: 20261130_1010
Revises: 20261130_1000
"""

import sqlalchemy as sa
from alembic import op

revision = "20261130_1010"
down_revision = "20261130_1000"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("user", sa.Column("filters_version", sa.BigInteger()))
    op.create_table(
        "filter",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("title", sa.String(1000)),
        sa.Column("contexts", sa.String(64), nullable=False),
        sa.Column("action", sa.String(8), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME),
        sa.Column("deleted_at", TIME),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 1000", name="ck_filter_title_length"),
        sa.CheckConstraint("action IN ('warn', 'hide')", name="ck_filter_action_known"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name="fk_filter_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_filter"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_filter_user_id_id", "filter", ["user_id", "id"])
    op.execute(
        "CREATE INDEX ix_filter_deleted_at ON filter (deleted_at) WHERE deleted_at IS NOT NULL"
    )
    op.create_table(
        "filter_keyword",
        sa.Column("id", ID, nullable=False),
        sa.Column("filter_id", ID, nullable=False),
        sa.Column("keyword", sa.String(1000), nullable=False),
        sa.Column("whole_word", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "length(keyword) BETWEEN 1 AND 1000", name="ck_filter_keyword_keyword_length"
        ),
        sa.ForeignKeyConstraint(
            ["filter_id"], ["filter.id"], name="fk_filter_keyword_filter_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_filter_keyword"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_filter_keyword_filter_id", "filter_keyword", ["filter_id"])


def downgrade() -> None:
    op.drop_table("filter_keyword")
    op.drop_table("filter")
    op.execute('ALTER TABLE "user" DROP COLUMN filters_version')
