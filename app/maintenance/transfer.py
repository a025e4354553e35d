"""Transfer of whole databases: migrate, lock, empty, copy and compare them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, NamedTuple

import sqlalchemy as sa
from alembic import command
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import current_app

from app.database.engine import READ_ONLY, create
from app.extensions import db
from app.maintenance import append_only, sequences
from app.models import Role, Rule
from app.services.errors import TransferError

# Rows in memory at a time.
CHUNK_ROWS = 1000
CHECKSUM_BYTES = 16
IN_USE = "the database is in use; stop the site first"


class Total(NamedTuple):
    """A table's row count and an order-independent checksum of its rows."""

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
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no checksum of {type(value).__name__}")


@contextmanager
def opened(url: str) -> Iterator[sa.Engine]:
    """An engine besides the site's own, disposed of after the block."""
    engine = create(url)
    try:
        yield engine
    finally:
        engine.dispose()


def migrate(engine: sa.Engine) -> None:
    """Upgrade the database to head. Raises TransferError if it is newer than this version."""
    scripts = current_app.extensions["migrate"].migrate.get_config()
    scripts.attributes["engine"] = engine
    try:
        command.upgrade(scripts, "head")
    except CommandError as error:
        raise TransferError(f"the database cannot be brought up to date: {error}") from error


def newest_revision() -> str:
    """The migration that this version requires."""
    scripts = current_app.extensions["migrate"].migrate.get_config()
    return str(ScriptDirectory.from_config(scripts).get_current_head())


def revision_of(connection: sa.Connection) -> str | None:
    """The current migration of the database; None if it has no tables of ours."""
    return MigrationContext.configure(connection).get_current_revision()


def check_current(connection: sa.Connection) -> None:
    """Raises TransferError unless the database is at the newest revision."""
    if revision_of(connection) != newest_revision():
        raise TransferError("the database is not up to date; run `flask db upgrade`")


def check_empty(engine: sa.Engine, problem: str) -> None:
    """Raises TransferError with the text `problem` if there is any row of ours."""
    with engine.connect() as connection:
        # In the pool, it would count as another user of the database.
        connection.detach()
        if not is_empty(connection):
            raise TransferError(problem)


def is_empty(connection: sa.Connection) -> bool:
    """Whether there are no rows of ours but the roles and rules that every database has."""
    existing = set(sa.inspect(connection).get_table_names())
    others = {
        "role": sa.select(Role.id).where(Role.is_builtin.is_(False)),
        "rule": sa.select(Rule.id).where(sa.or_(Rule.key.is_(None), Rule.removed_at.is_not(None))),
    }
    rows: list[sa.Select[Any]] = [
        others.get(table.name, sa.select(table)) for table in _tables() if table.name in existing
    ]
    return not any(connection.scalar(sa.select(row.exists())) for row in rows)


@contextmanager
def snapshot(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection with a consistent snapshot of the database, while the site keeps writing."""
    level: dict[str, Any] = READ_ONLY
    if engine.dialect.name == "postgresql":
        level = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**level) as connection:
        _lift_timeouts(connection)
        yield connection


@contextmanager
def locked(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction with exclusive access to the database, committed if the block succeeds.

    Raises TransferError while the site or another command of ours is connected.
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
        # This locks the file, and fails while any other connection is open.
        driver.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        return
    _lift_timeouts(connection)
    others = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND application_name = current_setting('application_name') AND pid <> pg_backend_pid()"
    )
    if connection.scalar(others):
        raise TransferError(IN_USE)
    existing = set(sa.inspect(connection).get_table_names())
    names = ", ".join(f'"{table.name}"' for table in _tables() if table.name in existing)
    if names:
        connection.exec_driver_sql(f"LOCK TABLE {names} IN EXCLUSIVE MODE")


def _lift_timeouts(connection: sa.Connection) -> None:
    """Lift the timeouts that are meant for web requests, until the transaction ends."""
    if connection.dialect.name == "postgresql":
        for name in ("statement_timeout", "idle_in_transaction_session_timeout"):
            connection.exec_driver_sql(f"SET LOCAL {name} = 0")


def counts(connection: sa.Connection) -> dict[str, int]:
    """The row count of each table."""
    count = sa.func.count()
    return {
        table.name: connection.scalars(sa.select(count).select_from(table)).one()
        for table in _tables()
    }


def copy(source: sa.Connection, target: sa.Connection) -> Iterator[int]:
    """Replace everything in `target` with everything in `source`, and compare.

    Yields the row count of each chunk. Raises TransferError if the two differ.
    """
    with append_only.lifted(target), sequences.suspended_indexes(target):
        for table in reversed(_tables()):
            target.execute(table.delete())
        totals = {}
        for table in _tables():
            names, total = table.columns.keys(), Total()
            for rows in _chunks(source, table):
                target.execute(
                    sa.insert(table), [dict(zip(names, row, strict=True)) for row in rows]
                )
                for row in rows:
                    total = total.plus(tuple(row))
                yield len(rows)
            totals[table.name] = total
        _compare(target, totals)
        sequences.restart(target, sequences.highest_ids(source))


def _chunks(connection: sa.Connection, table: sa.Table) -> Iterator[list[sa.Row[Any]]]:
    rows = sa.select(table).order_by(*table.primary_key)
    with connection.execute(rows, execution_options={"yield_per": CHUNK_ROWS}) as result:
        yield from map(list, result.partitions())


def _compare(connection: sa.Connection, expected: Mapping[str, Total]) -> None:
    for table in _tables():
        total = Total()
        for rows in _chunks(connection, table):
            for row in rows:
                total = total.plus(tuple(row))
        if total != expected[table.name]:
            raise TransferError(f"the copy of the table {table.name} differs from its source")


def _tables() -> list[sa.Table]:
    """All our tables, referenced tables first."""
    return db.metadata.sorted_tables
