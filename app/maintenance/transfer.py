"""Whole databases, the site's own or another: brought up to date, held, emptied, copied."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple

import sqlalchemy as sa
from alembic import command
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import current_app

from app.database import postgresql
from app.database.engine import READ_ONLY, create
from app.extensions import db
from app.maintenance import sequences
from app.services.errors import TransferError

# So many rows are in memory at once.
CHUNK = 1000
CHECKSUM_BYTES = 16
IN_USE = "the database is in use; stop the site first"


class Total(NamedTuple):
    """How many rows a table has, and the sum of their checksums, which knows no order."""

    rows: int = 0
    checksum: int = 0

    def plus(self, row: tuple[Any, ...]) -> Total:
        text = json.dumps(row, sort_keys=True, default=_plain)
        digest = sha256(text.encode()).digest()[:CHECKSUM_BYTES]
        checksum = (self.checksum + int.from_bytes(digest)) % 256**CHECKSUM_BYTES
        return Total(self.rows + 1, checksum)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(f"no checksum of {type(value).__name__}")


@contextmanager
def opened(url: str) -> Iterator[sa.Engine]:
    """An engine beside the site's own for the while of the block."""
    made = create(url)
    try:
        yield made
    finally:
        made.dispose()


def migrate(engine: sa.Engine) -> None:
    """Bring the database up to date. Raises TransferError when it is newer than this program."""
    scripts = current_app.extensions["migrate"].migrate.get_config()
    scripts.attributes["engine"] = engine
    try:
        command.upgrade(scripts, "head")
    except CommandError as error:
        raise TransferError(f"the database cannot be brought up to date: {error}") from error


def newest_revision() -> str:
    """The migration that this program works with."""
    scripts = current_app.extensions["migrate"].migrate.get_config()
    return str(ScriptDirectory.from_config(scripts).get_current_head())


def revision_of(connection: sa.Connection) -> str | None:
    """The migration that the database has reached; None: it has no tables of ours."""
    return MigrationContext.configure(connection).get_current_revision()


def check_current(connection: sa.Connection) -> None:
    """Raises TransferError unless the tables are those that this program knows."""
    if revision_of(connection) != newest_revision():
        raise TransferError("the database is not up to date; run `flask db upgrade`")


def check_empty(engine: sa.Engine, problem: str) -> None:
    """Raises TransferError with the text `problem` when there is a row of ours."""
    with engine.connect() as connection:
        # Left in the pool, it would count as somebody who uses the database.
        connection.detach()
        if not is_empty(connection):
            raise TransferError(problem)


def is_empty(connection: sa.Connection) -> bool:
    """Whether there is not one row of ours."""
    there = set(sa.inspect(connection).get_table_names())
    tables = [table for table in _tables() if table.name in there]
    return not any(connection.scalar(sa.select(sa.exists().select_from(t))) for t in tables)


@contextmanager
def snapshot(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection that sees the database as it was at one moment, while people go on writing."""
    level: dict[str, Any] = READ_ONLY
    if engine.dialect.name == "postgresql":
        level = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**level) as connection:
        _lift_timeouts(connection)
        yield connection


@contextmanager
def locked(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that has the database to itself, kept when the block ends well.

    Raises TransferError while the site, or another command of ours, has it open.
    """
    with engine.connect() as connection:
        connection.detach()
        try:
            _lock(connection)
        except sa.exc.OperationalError as error:
            reason = str(error.orig).partition("\n")[0]
            raise TransferError(f"{IN_USE} ({reason})") from error
        yield connection
        connection.commit()


def _lock(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.dbapi_connection
        # The lock is that of the file; it is refused while any other connection is open.
        driver.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        return
    _lift_timeouts(connection)
    others = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND application_name = :name AND pid <> pg_backend_pid()"
    )
    if connection.scalar(others, {"name": postgresql.NAME}):
        raise TransferError(IN_USE)
    there = set(sa.inspect(connection).get_table_names())
    names = ", ".join(f'"{table.name}"' for table in _tables() if table.name in there)
    if names:
        connection.exec_driver_sql(f"LOCK TABLE {names} IN EXCLUSIVE MODE")


def _lift_timeouts(connection: sa.Connection) -> None:
    """Lift the limits that are meant for pages, until the transaction ends."""
    if connection.dialect.name == "postgresql":
        for name in ("statement_timeout", "idle_in_transaction_session_timeout"):
            connection.exec_driver_sql(f"SET LOCAL {name} = 0")


def counts(connection: sa.Connection) -> dict[str, int]:
    """How many rows each table has."""
    count = sa.func.count()
    return {
        table.name: connection.scalars(sa.select(count).select_from(table)).one()
        for table in _tables()
    }


def copy(source: sa.Connection, target: sa.Connection) -> Iterator[int]:
    """Have `target` hold everything that `source` holds and nothing else, and compare.

    Yields after each chunk how many rows it had. Raises TransferError when the two differ.
    """
    with sequences.suspended_indexes(target):
        for table in reversed(_tables()):
            target.execute(table.delete())
        written = {}
        for table in _tables():
            names, total = table.columns.keys(), Total()
            for rows in _chunks(source, table):
                target.execute(
                    sa.insert(table), [dict(zip(names, row, strict=True)) for row in rows]
                )
                for row in rows:
                    total = total.plus(tuple(row))
                yield len(rows)
            written[table.name] = total
        _compare(target, written)
        sequences.restart(target, sequences.highest_ids(source))


def _chunks(connection: sa.Connection, table: sa.Table) -> Iterator[list[sa.Row[Any]]]:
    rows = sa.select(table).order_by(*table.primary_key)
    with connection.execute(rows, execution_options={"yield_per": CHUNK}) as result:
        yield from map(list, result.partitions())


def _compare(connection: sa.Connection, wanted: Mapping[str, Total]) -> None:
    for table in _tables():
        total = Total()
        for rows in _chunks(connection, table):
            for row in rows:
                total = total.plus(tuple(row))
        if total != wanted[table.name]:
            raise TransferError(f"what was written to the table {table.name} is not what was read")


def _tables() -> list[sa.Table]:
    """All of ours, those that others refer to first."""
    return db.metadata.sorted_tables
