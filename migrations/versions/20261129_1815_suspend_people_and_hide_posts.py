"""suspend and silence people, hide posts

Revision ID: 20261129_1815
Revises: 20261129_1810
"""

import sqlalchemy as sa
from alembic import op

from app.database.online_indexes import create_index, drop_index, online

revision = "20261129_1815"
down_revision = "20261129_1810"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
COLUMNS = ("suspended_until", "silenced_until")


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.add_column("post", sa.Column("hidden_at", TIME, nullable=True))
    for column in COLUMNS:
        op.add_column("user", sa.Column(column, TIME, nullable=True))
    for column in COLUMNS if is_sqlite else ():
        op.execute(f'CREATE INDEX ix_user_{column} ON "user" {definition(column)}')
    if not is_sqlite:
        with online():
            for column in COLUMNS:
                create_index(f"ix_user_{column}", "user", definition(column))


def definition(column: str) -> str:
    return f"({column}) WHERE {column} IS NOT NULL"


def downgrade() -> None:
    # Nobody could let them go: who is suspended or silenced is free again, and hidden posts show.
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if not is_sqlite:
        with online():
            for column in COLUMNS:
                drop_index(f"ix_user_{column}")
    for column in COLUMNS:
        if is_sqlite:
            op.execute(f"DROP INDEX ix_user_{column}")
        op.execute(f'ALTER TABLE "user" DROP COLUMN {column}')
    op.execute("ALTER TABLE post DROP COLUMN hidden_at")
