"""let people choose what home shows

Revision ID: 20261130_1110
Revises: 20261130_1100
"""

import sqlalchemy as sa
from alembic import op

from app.database.online_indexes import create_index, drop_index, online, release_locks

revision = "20261130_1110"
down_revision = "20261130_1100"
branch_labels = None
depends_on = None

COLUMNS = {
    "follow": ("shows_reposts", "shows_replies"),
    "user": ("home_has_reposts", "home_has_replies"),
}
INDEX = "ix_follow_in_part"
DEFINITION = "(follower_id, followed_id) WHERE NOT shows_reposts OR NOT shows_replies"


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for name in columns:
            column = sa.Column(name, sa.Boolean, nullable=False, server_default=sa.true())
            op.add_column(table, column)
        release_locks()
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE INDEX {INDEX} ON follow {DEFINITION}")
        return
    with online():
        create_index(INDEX, "follow", DEFINITION)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP INDEX {INDEX}")
    else:
        with online():
            drop_index(INDEX)
    for table, columns in reversed(COLUMNS.items()):
        for name in reversed(columns):
            op.drop_column(table, name)
