"""find what visitors read of an author who writes for few

Revision ID: 20261130_1210
Revises: 20261130_1200
"""

from alembic import op

from app.database.online_indexes import create_index, drop_index, online

revision = "20261130_1210"
down_revision = "20261130_1200"
branch_labels = None
depends_on = None

NAME = "ix_post_open"
DEFINITION = "(author_id, id) WHERE reply_to_author_id IS NULL AND visibility <> 'followers'"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE INDEX {NAME} ON post {DEFINITION}")
        return
    with online():
        create_index(NAME, "post", DEFINITION)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP INDEX {NAME}")
        return
    with online():
        drop_index(NAME)
