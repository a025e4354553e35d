"""How Alembic reaches our database and compares it with our models."""

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from flask import current_app
from sqlalchemy.engine import Connection

from app.extensions import db
from app.models.base import UTCDateTime

# Whoever migrates holds it; a second one waits, and then finds nothing to do.
MIGRATOR_LOCK = 7_236_105
WAIT_MINUTES = 10
# A table that pages keep busy: better to fail than to have every page queue behind us.
POSTGRESQL = """
SET statement_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET lock_timeout = '5s'
"""


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Only our own tables; search keeps tables and indexes of its own beside them."""
    if kind == "index":
        return not (name or "").endswith("_search_text")
    return kind != "table" or name in db.metadata.tables


def render_item(kind: str, item: object, _context: object) -> str | bool:
    """A migration stands for ever, so it names the database's types and none of ours."""
    is_time = kind == "type" and isinstance(item, UTCDateTime)
    return "sa.DateTime(timezone=True)" if is_time else False


@contextmanager
def migrator() -> Iterator[Connection]:
    """A connection for one migrator at a time; its lock and its settings end with it."""
    engine = context.config.attributes.get("engine", db.engine)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # The transaction is the lock. A table rebuilt must not take with it, by cascade,
            # the rows that refer to it; the setting cannot change within a transaction.
            driver = connection.connection.dbapi_connection
            driver.execute(f"PRAGMA busy_timeout={WAIT_MINUTES * 60_000}")
            driver.execute("PRAGMA foreign_keys=OFF")
        else:
            for statement in POSTGRESQL.split(";"):
                connection.exec_driver_sql(statement)
            wait_for_turn(connection)
        try:
            yield connection
        finally:
            connection.invalidate()


def wait_for_turn(connection: Connection) -> None:
    """Take the lock of the migrator, asking again and again.

    Indexes are made while others work, and wait for every statement that began before. One that
    waited for our lock would never end.
    """
    end = time.monotonic() + WAIT_MINUTES * 60
    taken = f"SELECT pg_try_advisory_lock({MIGRATOR_LOCK})"
    while not connection.exec_driver_sql(taken).scalar_one():
        connection.rollback()
        if time.monotonic() > end:
            raise RuntimeError(f"another migration has not ended within {WAIT_MINUTES} minutes")
        time.sleep(0.2)
    connection.commit()


def check_references(connection: Connection) -> None:
    """Raises when a migration on SQLite left rows that refer to nothing."""
    if connection.dialect.name == "sqlite":
        lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if lost:
            raise RuntimeError(f"the migration would leave {len(lost)} rows without their parents")


def run_online() -> None:
    """Migrate: on SQLite all the way or not at all, on PostgreSQL one migration after the other.

    There those commit halfway anyway that let others write meanwhile. And locks of one that waited
    for the next would keep people from writing, or be what two wait for of each other.
    """
    options = dict(current_app.extensions["migrate"].configure_args)
    steps: list[object] = []
    with migrator() as connection, warnings.catch_warnings():
        # SQLAlchemy cannot read these back from SQLite, so they are not compared there.
        warnings.filterwarnings("ignore", ".*expression-based index")
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            include_name=include_name,
            render_item=render_item,
            compare_server_default=True,
            # SQLite can do it too, since our driver begins transactions by itself.
            transactional_ddl=True,
            transaction_per_migration=connection.dialect.name != "sqlite",
            on_version_apply=lambda step, **_: steps.append(step),
            **options,
        )
        with context.begin_transaction():
            context.run_migrations()
            if steps:
                check_references(connection)


run_online()
