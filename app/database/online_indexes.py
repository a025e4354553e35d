"""Indexes and locks of migrations on a live PostgreSQL, without blocking those who write.

They commit what was migrated before. One that failed is dropped, and made again when the
migration is repeated.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import op


@contextmanager
def online() -> Iterator[None]:
    """Outside of a transaction, and with all the time that the transactions of others take."""
    with op.get_context().autocommit_block():
        before = op.get_bind().exec_driver_sql("SHOW lock_timeout").scalar_one()
        op.execute("SET lock_timeout = 0")
        yield
        op.execute(f"SET lock_timeout = '{before}'")


def release_locks() -> None:
    """On PostgreSQL commit what was migrated before, so that nobody waits for it any longer.

    Between changes of two busy tables: whoever writes to both may have begun with the other one.
    Where one statement locks several, it does so in the order of those who publish: posts, people,
    notifications.
    """
    if op.get_bind().dialect.name != "sqlite":
        with op.get_context().autocommit_block():
            pass


def create_index(name: str, table: str, definition: str, *, is_unique: bool = False) -> None:
    """Create the index; `definition` is what follows the table in CREATE INDEX."""
    drop_index(name)
    kind = "UNIQUE INDEX" if is_unique else "INDEX"
    op.execute(f'CREATE {kind} CONCURRENTLY {name} ON "{table}" {definition}')


def replace_index(name: str, table: str, definition: str) -> None:
    """Create the index by another definition, with the old one in use until it is there."""
    create_index(f"{name}_new", table, definition)
    drop_index(name)
    op.execute(f"ALTER INDEX {name}_new RENAME TO {name}")


def drop_index(name: str) -> None:
    op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
