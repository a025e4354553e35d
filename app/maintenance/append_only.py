"""Tables whose rows the database itself keeps as they are, such as the audit log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

# How the names of their triggers begin.
SQLITE = (
    "SELECT name, tbl_name AS place, sql FROM sqlite_master "
    "WHERE type = 'trigger' AND name LIKE 'append_only_%'"
)
POSTGRESQL = (
    "SELECT tgname AS name, tgrelid::regclass::text AS place, pg_get_triggerdef(oid) AS sql "
    "FROM pg_trigger WHERE tgname LIKE 'append_only_%'"
)


@contextmanager
def lifted(connection: sa.Connection) -> Iterator[None]:
    """Let rows be replaced while a whole database is, in the transaction of `connection`."""
    is_sqlite = connection.dialect.name == "sqlite"
    triggers = connection.execute(sa.text(SQLITE if is_sqlite else POSTGRESQL)).all()
    for name, place, _ in triggers:
        at = "" if is_sqlite else f" ON {place}"
        connection.exec_driver_sql(f"DROP TRIGGER {name}{at}")
    yield
    for _, _, statement in triggers:
        connection.exec_driver_sql(statement)
