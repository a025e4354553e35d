"""Connections to PostgreSQL with a timeout for everything a request may wait for.

Pages only read, so their statements need no transaction around them. Without one, nothing begins
and nothing rolls back on the way; and psycopg, which drops its prepared statements at a rollback,
keeps them, so that the server plans the statements of a page once and not for each page.
"""

from __future__ import annotations

import select
import time
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import has_request_context
from psycopg.abc import RV, PQGen
from sqlalchemy import event
from sqlalchemy.dialects.postgresql.psycopg import PGCompiler_psycopg
from sqlalchemy.engine import Connection, Engine

from app.database.transactions import is_writer

NAME = "microblog"
# As many as gunicorn.conf.py has threads, so that no thread waits for another one's.
POOL_SIZE = 4
CONNECT_SECONDS = 3
PING_SECONDS = 2
# A connection that was used within this time is taken for a live one, unless it was closed.
FRESH_SECONDS = 0.5
# More than `statement_timeout`, within which a healthy server responds.
RESPONSE_SECONDS = 6
# As long as the error page asks people to wait.
OUTAGE_SECONDS = 5
SESSION = {
    "statement_timeout": 5000,
    "lock_timeout": 3000,
    "idle_in_transaction_session_timeout": 10_000,
    "timezone": "UTC",
    # Starting parallel workers takes longer than the statements of a page.
    "max_parallel_workers_per_gather": 0,
    "jit": "off",
}
# Detects a vanished host in 25 seconds, or in 10 when data was sent to it.
KEEPALIVES = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


def options() -> dict[str, Any]:
    """Engine options for PostgreSQL."""
    flags = " ".join(f"-c {name}={value}" for name, value in SESSION.items())
    named = {"application_name": NAME, "options": flags, "connect_timeout": CONNECT_SECONDS}
    return {
        "pool_recycle": 1800,
        "pool_timeout": 3,
        "pool_size": POOL_SIZE,
        "max_overflow": 0,
        "connect_args": named | KEEPALIVES,
    }


class _Outage:
    """After a timeout, requests fail fast for a while, so that they do not queue up."""

    until = 0.0

    def begin(self) -> None:
        self.until = time.monotonic() + OUTAGE_SECONDS

    @property
    def is_active(self) -> bool:
        return time.monotonic() < self.until


class TimeoutConnection(psycopg.Connection[Any]):
    """A connection with client-side timeouts in requests: a frozen server enforces none."""

    # Replaced by that of its engine, once it is connected.
    outage = _Outage()
    _response_seconds = RESPONSE_SECONDS

    def answers(self) -> bool:
        """Whether the server is there, asked outside a transaction."""
        self._response_seconds = PING_SECONDS
        try:
            self.autocommit = True
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        finally:
            self._response_seconds = RESPONSE_SECONDS
        return True

    def was_closed(self) -> bool:
        """Whether the server has closed the connection, or says something unasked."""
        if self.closed:
            return True
        poll = select.poll()
        poll.register(self.fileno(), select.POLLIN)
        return bool(poll.poll(0))

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        if timeout is None and has_request_context():
            timeout = self._response_seconds
        try:
            return super().wait(gen, interval, timeout)
        except psycopg.OperationalError as error:
            # Without an SQLSTATE the error is not from the server: it is gone, or timed out.
            if error.sqlstate is None and not self.closed:
                self.outage.begin()
                self.close()
            raise


class _Compiler(PGCompiler_psycopg):
    """Writes into a statement how many rows are wanted, so that a plan for any values knows it."""

    def limit_clause(self, select: sa.Select[Any], **kwargs: Any) -> str:
        is_number = isinstance(select._limit_clause, sa.BindParameter)  # noqa: SLF001 (no other way)
        if is_number:
            kwargs["literal_execute"] = True
        clause: str = super().limit_clause(select, **kwargs)  # type: ignore[no-untyped-call]
        return clause


def attach(engine: Engine) -> None:
    """Make `engine` use connections with timeouts."""
    engine.dialect.statement_compiler = _Compiler
    outage = _Outage()

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: Any, _record: Any, args: Any, kwargs: Any) -> TimeoutConnection:
        if outage.is_active and has_request_context():
            raise psycopg.OperationalError("the server timed out recently")
        try:
            connection = TimeoutConnection.connect(*args, **kwargs)
        except psycopg.errors.ConnectionTimeout:
            outage.begin()
            raise
        connection.outage = outage
        return connection

    @event.listens_for(engine, "checkin")
    def _note_use(_driver: Any, record: Any) -> None:
        record.info["used_at"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _check(driver: TimeoutConnection, record: Any, _fairy: Any) -> None:
        used_at: float | None = record.info.get("used_at")
        if used_at is None:
            return
        is_fresh = time.monotonic() < used_at + FRESH_SECONDS
        if (driver.was_closed() or not is_fresh) and not driver.answers():
            raise sa.exc.InvalidatePoolError
        driver.autocommit = False

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if has_request_context():
            driver: Any = connection.connection.dbapi_connection
            driver.autocommit = not is_writer()
