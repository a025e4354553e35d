"""Engines and connections: durable SQLite with queued writers, PostgreSQL with timeouts."""

from __future__ import annotations

import os
import sqlite3
import time
from threading import Lock
from typing import Any
from weakref import WeakSet

import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from app.database.index_hints import HintingCompiler
from app.database.transactions import is_writer, safe_rollback
from app.extensions import db

BUSY_MILLISECONDS = 5000
RETRY_SECONDS = 0.001
# On a connection with this option, BEGIN does not queue for the write lock.
READ_ONLY = {"is_read_only": True}


def options(url: str) -> dict[str, Any]:
    """Engine options for the database at `url`; errors never contain statement parameters."""
    if url.startswith("sqlite"):
        # The driver must not begin transactions of its own: `_begin` decides how.
        waits = {"timeout": BUSY_MILLISECONDS / 1000, "isolation_level": None}
        return {"hide_parameters": True, "connect_args": waits}
    # Its driver takes a tenth of the start, and is needed by no site on SQLite.
    from app.database.postgresql import options as of_postgresql  # noqa: PLC0415

    return {"hide_parameters": True} | of_postgresql()


def init_app(app: Flask) -> None:
    """Set up the app's engine."""
    with app.app_context():
        _prepare(db.engine, app.config["SQLITE_SYNCHRONOUS"])

    @app.teardown_appcontext
    def roll_back(_error: BaseException | None) -> None:
        # The response is ready. A database failure this late must not turn it into an error.
        if db.session.registry.has():
            safe_rollback()


def create(url: str) -> Engine:
    """A second engine, set up like the app's own."""
    engine = sa.create_engine(url, **options(url))
    _prepare(engine, current_app.config["SQLITE_SYNCHRONOUS"])
    return engine


def _prepare(engine: Engine, synchronous: str) -> None:
    _known_engines.add(engine)
    if engine.dialect.name != "sqlite":
        from app.database.postgresql import attach  # noqa: PLC0415

        attach(engine)
        return

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={synchronous}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")

    engine.dialect.statement_compiler = HintingCompiler
    event.listen(engine, "begin", _begin)


_known_engines: WeakSet[Engine] = WeakSet()
# The thread that tries for SQLite's lock; the others of the process wait for this one instead.
_next_writer = Lock()


def _drop_inherited_connections() -> None:
    """Drop the parent's connections after a fork; two processes must not share one."""
    global _next_writer  # noqa: PLW0603 (a thread of the parent may have held it)
    _next_writer = Lock()
    for engine in _known_engines:
        engine.dispose(close=False)


os.register_at_fork(after_in_child=_drop_inherited_connections)


def _begin(connection: Connection) -> None:
    is_read_only = connection.get_execution_options().get("is_read_only")
    if is_read_only or not is_writer():
        connection.exec_driver_sql("BEGIN")
        return
    _begin_to_write(connection)


def _begin_to_write(connection: Connection) -> None:
    """Take the write lock as soon as it is free.

    SQLite would sleep up to a tenth of a second between two tries, while others come and go.
    """
    driver: Any = connection.connection.dbapi_connection
    deadline = time.monotonic() + BUSY_MILLISECONDS / 1000
    is_next = _next_writer.acquire(timeout=BUSY_MILLISECONDS / 1000)
    try:
        driver.execute("PRAGMA busy_timeout=0")
        while _must_wait(driver) and time.monotonic() < deadline:
            time.sleep(RETRY_SECONDS)
        if not driver.in_transaction:
            # Once more, for an error of SQLAlchemy instead of the driver.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        if is_next:
            _next_writer.release()
        driver.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")


def _must_wait(driver: Any) -> bool:
    """Try to begin; whether somebody else is writing."""
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        # Of an extended code, the last eight bits are the plain one.
        return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
    return False
