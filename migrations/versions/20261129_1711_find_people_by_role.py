"""find people by their role

Revision ID: 20261129_1711
Revises: 20261129_1710
"""

from alembic import op

from app.database.online_indexes import create_index, drop_index, online

revision = "20261129_1711"
down_revision = "20261129_1710"
branch_labels = None
depends_on = None

NAME = "ix_user_role_id_id"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE INDEX {NAME} ON user (role_id, id)")
        return
    with online():
        op.execute('ALTER TABLE "user" VALIDATE CONSTRAINT fk_user_role_id')
        create_index(NAME, "user", "(role_id, id)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP INDEX {NAME}")
        return
    with online():
        drop_index(NAME)
