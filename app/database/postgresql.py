"""Connections to PostgreSQL with a timeout for everything a request may wait for."""

from __future__ import annotations

import time
from typing import Any

import psycopg
from flask import has_request_context
from psycopg.abc import RV, PQGen
from sqlalchemy import event
from sqlalchemy.engine import Engine

NAME = "microblog"
# As many as gunicorn.conf.py has threads, so that no thread waits for another one's.
POOL_SIZE = 4
CONNECT_SECONDS = 3
PING_SECONDS = 2
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
        "pool_pre_ping": True,
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

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        if timeout is None and has_request_context():
            # Only SQLAlchemy's ping runs outside a transaction.
            timeout = PING_SECONDS if self.autocommit else RESPONSE_SECONDS
        try:
            return super().wait(gen, interval, timeout)
        except psycopg.OperationalError as error:
            # Without an SQLSTATE the error is not from the server: it is gone, or timed out.
            if error.sqlstate is None and not self.closed:
                self.outage.begin()
                self.close()
            raise


def attach(engine: Engine) -> None:
    """Make `engine` use connections with timeouts."""
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
