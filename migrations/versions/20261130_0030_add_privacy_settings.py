"""add settings of who finds somebody, and who sees whom they follow

Revision ID: 20261130_0030
Revises: 20261129_1851
"""

import sqlalchemy as sa
from alembic import op

from app.database.online_indexes import create_index, drop_index, online

revision = "20261130_0030"
down_revision = "20261129_1851"
branch_labels = None
depends_on = None

COLUMNS = {"hides_follows": sa.false(), "is_discoverable": sa.true(), "is_indexable": sa.true()}
INDEX = "ix_user_undiscoverable"


def upgrade() -> None:
    for name, default in COLUMNS.items():
        op.add_column("user", sa.Column(name, sa.Boolean(), server_default=default, nullable=False))
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f'CREATE INDEX {INDEX} ON "user" (id) WHERE is_discoverable = 0')
        return
    with online():
        create_index(INDEX, "user", "(id) WHERE NOT is_discoverable")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP INDEX {INDEX}")
    else:
        with online():
            drop_index(INDEX)
    for name in reversed(COLUMNS):
        op.execute(f'ALTER TABLE "user" DROP COLUMN {name}')
