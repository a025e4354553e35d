"""let people like posts and keep them

Revision ID: 20261130_0900
Revises: 20261130_0510
"""

import sqlalchemy as sa
from alembic import op

revision = "20261130_0900"
down_revision = "20261130_0510"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for table in ("like", "bookmark"):
        op.create_table(
            table,
            sa.Column("id", ID, nullable=False),
            sa.Column("user_id", ID, nullable=False),
            sa.Column("post_id", ID, nullable=False),
            sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
            *(
                sa.ForeignKeyConstraint(
                    [f"{other}_id"],
                    [f"{other}.id"],
                    name=f"fk_{table}_{other}_id",
                    ondelete="CASCADE",
                )
                # In the order in which those lock them who publish meanwhile.
                for other in ("post", "user")
            ),
            sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
            sa.UniqueConstraint("user_id", "post_id", name=f"uq_{table}_user_id_post_id"),
            sqlite_autoincrement=True,
        )
        op.create_index(f"ix_{table}_user_id_id", table, ["user_id", "id"])
        op.create_index(f"ix_{table}_post_id_id", table, ["post_id", "id"])


def downgrade() -> None:
    op.drop_table("bookmark")
    op.drop_table("like")
