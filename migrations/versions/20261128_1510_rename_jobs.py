"""rename jobs

Revision ID: 20261128_1510
Revises: 20261128_1500
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1510"
down_revision = "20261128_1500"
branch_labels = None
depends_on = None

NAMES = {"tell_search": "sync_search", "tidy_tasks": "purge_tasks"}


def upgrade() -> None:
    for old, new in NAMES.items():
        rename(old, new)


def downgrade() -> None:
    for old, new in NAMES.items():
        rename(new, old)


def rename(old: str, new: str) -> None:
    """Rows that wait keep their turn; the key of a periodic job is its name."""
    values = {"old": old, "new": new}
    bind = op.get_bind()
    bind.execute(sa.text("UPDATE task SET name = :new WHERE name = :old"), values)
    bind.execute(sa.text("UPDATE task SET key = :new WHERE key = :old"), values)
