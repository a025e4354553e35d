"""index only deleted posts

SQLite took the index of all posts for the condition that one is not deleted, which nearly all meet,
and so read every newer post of the site where those of a few authors were asked for.

Revision ID: 20261128_1810
Revises: 20261128_1800
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1810"
down_revision = "20261128_1800"
branch_labels = None
depends_on = None

DELETED = sa.text("deleted_at IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_post_deleted_at", table_name="post")
    op.create_index(
        "ix_post_deleted_at",
        "post",
        ["deleted_at"],
        sqlite_where=DELETED,
        postgresql_where=DELETED,
    )


def downgrade() -> None:
    op.drop_index("ix_post_deleted_at", table_name="post")
    op.create_index("ix_post_deleted_at", "post", ["deleted_at"])
