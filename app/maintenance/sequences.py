"""What a database stores besides its rows: the search index and the id sequences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import sqlalchemy as sa

from app.extensions import db

SQLITE_TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
SQLITE_INDEXES = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%fts5%'"
)
POSTGRESQL_INDEXES = (
    "SELECT indexname AS name, indexdef AS sql FROM pg_indexes "
    "WHERE schemaname = current_schema() AND right(indexname, 12) = '_search_text'"
)


@contextmanager
def suspended_indexes(connection: sa.Connection) -> Iterator[None]:
    """Suspend the search index while many rows change, and rebuild it at the end.

    All in the transaction of `connection`. Updating it row by row would take several times as long.
    """
    is_sqlite = connection.dialect.name == "sqlite"
    rows = connection.execute(sa.text(SQLITE_TRIGGERS if is_sqlite else POSTGRESQL_INDEXES))
    definitions = {row.name: row.sql for row in rows}
    for name in definitions:
        connection.exec_driver_sql(f"DROP {'TRIGGER' if is_sqlite else 'INDEX'} {name}")
    yield
    for statement in definitions.values():
        connection.exec_driver_sql(statement)
    if is_sqlite:
        for name in connection.scalars(sa.text(SQLITE_INDEXES)).all():
            connection.exec_driver_sql(f"INSERT INTO {name}({name}) VALUES ('rebuild')")  # noqa: S608


def highest_ids(connection: sa.Connection) -> dict[str, int]:
    """The highest id that each table ever assigned, whether or not its row still exists."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")
        numbers = {name: int(seq) for name, seq in rows}
        return {table.name: numbers.get(table.name, 0) for table in _autoincrement_tables()}
    highest = {}
    for table in _autoincrement_tables():
        state = f"SELECT last_value, is_called FROM {_sequence(connection, table)}"  # noqa: S608
        last, is_called = connection.exec_driver_sql(state).one()
        highest[table.name] = last if is_called else last - 1
    return highest


def restart(connection: sa.Connection, highest: Mapping[str, int]) -> None:
    """Let each table continue after its highest id."""
    for table in _autoincrement_tables():
        number = highest[table.name]
        if connection.dialect.name == "postgresql":
            # Unlike setval, this is rolled back with the transaction.
            name = _sequence(connection, table)
            connection.exec_driver_sql(f"ALTER SEQUENCE {name} RESTART WITH {number + 1}")
            continue
        row = {"name": table.name, "number": number}
        connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), row)
        insert = "INSERT INTO sqlite_sequence(name, seq) VALUES (:name, :number)"
        connection.execute(sa.text(insert), row)


def _autoincrement_tables() -> list[sa.Table]:
    """The tables whose ids the database assigns."""
    tables = db.metadata.sorted_tables
    return [t for t in tables if t.dialect_options["sqlite"]["autoincrement"]]


def _sequence(connection: sa.Connection, table: sa.Table) -> str:
    name = sa.text("SELECT pg_get_serial_sequence(:name, 'id')")
    return str(connection.scalars(name, {"name": f'"{table.name}"'}).one())
