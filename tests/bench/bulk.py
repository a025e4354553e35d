"""Rows in bulk: past the models, but with their defaults, and with indexes made afterward."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import chain
from typing import Any

import sqlalchemy as sa

from app import db
from app.extensions import Base

Row = dict[str, Any]
Write = Callable[[type[Base], Iterable[Row]], None]


@contextmanager
def bulk(*models: type[Base]) -> Iterator[Write]:
    """Write rows into these empty tables; all rows of one table have the same keys.

    Times are texts, as SQLite has them.
    """
    tables = [model.__tablename__ for model in models]
    is_sqlite = db.engine.dialect.name == "sqlite"
    # What was begun before would keep this from writing.
    db.session.rollback()
    with db.engine.connect() as connection:
        execute = connection.exec_driver_sql
        if not is_sqlite:
            execute("SET statement_timeout = 0")
            execute("SET maintenance_work_mem = '512MB'")
        made_again = _take_away(connection, tables)
        yield lambda model, rows: (_insert if is_sqlite else _copy)(connection, model, rows)
        for statement in made_again:
            execute(statement)
        if is_sqlite:
            for table in ("post", "user"):
                execute(f"INSERT INTO {table}_search({table}_search) VALUES ('rebuild')")  # noqa: S608
        else:
            for table in tables:
                sequence = f"pg_get_serial_sequence('\"{table}\"', 'id')"
                if "id" in db.metadata.tables[table].columns:
                    execute(f'SELECT setval({sequence}, max(id)) FROM "{table}"')  # noqa: S608
        connection.commit()
        connection.invalidate()


def tend() -> None:
    """Have PostgreSQL look after its tables, as it soon would by itself. On SQLite nobody does."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql("VACUUM ANALYZE")
            connection.invalidate()


def _take_away(connection: sa.Connection, tables: list[str]) -> list[str]:
    """Drop the indexes and triggers of these tables. Returns what makes them again."""
    names = ", ".join(f"'{table}'" for table in tables)
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql(
            f"SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger')"  # noqa: S608
            f" AND sql IS NOT NULL AND tbl_name IN ({names}) ORDER BY type"
        ).all()
    else:
        found = connection.exec_driver_sql(
            f"SELECT 'index', indexname, indexdef FROM pg_indexes WHERE tablename IN ({names})"  # noqa: S608
            " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname)"
        ).all()
    for kind, name, _ in found:
        connection.exec_driver_sql(f"DROP {kind} {name}")
    return [statement for _, _, statement in found]


def _with_defaults(model: type[Base], rows: Iterable[Row]) -> tuple[list[str], Iterator[Row]]:
    """The names of all columns, and the rows with what the model says of the rest."""
    rest = iter(rows)
    first = next(rest)
    defaults = {
        column.name: column.default.arg
        for column in model.__table__.columns
        if column.default is not None and column.default.is_scalar and column.name not in first
    }
    return [*first, *defaults], (row | defaults for row in chain([first], rest))


def _insert(connection: sa.Connection, model: type[Base], rows: Iterable[Row]) -> None:
    names, complete = _with_defaults(model, rows)
    driver: Any = connection.connection.dbapi_connection
    marks = ", ".join("?" * len(names))
    statement = f"INSERT INTO {model.__tablename__!r} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608
    with closing(driver.cursor()) as cursor:
        cursor.executemany(statement, (tuple(row[name] for name in names) for row in complete))


def _copy(connection: sa.Connection, model: type[Base], rows: Iterable[Row]) -> None:
    names, complete = _with_defaults(model, rows)
    driver: Any = connection.connection.dbapi_connection
    statement = f'COPY "{model.__tablename__}" ({", ".join(names)}) FROM STDIN'
    with closing(driver.cursor()) as cursor, cursor.copy(statement) as copy:
        for row in complete:
            copy.write_row([row[name] for name in names])
