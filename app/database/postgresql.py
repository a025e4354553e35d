"""Connections to PostgreSQL that a page never waits for longer than people do."""

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
# More than `statement_timeout`, by which a server that lives answers.
ANSWER_SECONDS = 6
# What people are told to wait too.
PAUSE_SECONDS = 5
SESSION = {
    "statement_timeout": 5000,
    "lock_timeout": 3000,
    "idle_in_transaction_session_timeout": 10_000,
    "timezone": "UTC",
    # Starting helpers takes longer than the statements of a page do.
    "max_parallel_workers_per_gather": 0,
    "jit": "off",
}
# For a host that vanished: noticed in 25 seconds, or in 10 when something was sent to it.
KEEPALIVES = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


def options() -> dict[str, Any]:
    """Options of an engine on PostgreSQL."""
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


class _Silence:
    """When a server last left us waiting. For a moment nobody else asks it, so none queue up."""

    until = 0.0

    def begin(self) -> None:
        self.until = time.monotonic() + PAUSE_SECONDS

    @property
    def lasts(self) -> bool:
        return time.monotonic() < self.until


class PatientConnection(psycopg.Connection[Any]):
    """In requests it waits so long for an answer: a frozen server keeps no limit of its own."""

    # That of its engine, once it is connected.
    silence = _Silence()

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        if timeout is None and has_request_context():
            # Only SQLAlchemy's ping is outside a transaction.
            timeout = PING_SECONDS if self.autocommit else ANSWER_SECONDS
        try:
            return super().wait(gen, interval, timeout)
        except psycopg.OperationalError as error:
            # Without a code it was not the server that spoke: it is gone, or did not answer.
            if error.sqlstate is None and not self.closed:
                self.silence.begin()
                self.close()
            raise


def attach(engine: Engine) -> None:
    """Have `engine` connect as described here."""
    silence = _Silence()

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: Any, _record: Any, words: Any, names: Any) -> PatientConnection:
        if silence.lasts and has_request_context():
            raise psycopg.OperationalError("the server did not answer a moment ago")
        try:
            connection = PatientConnection.connect(*words, **names)
        except psycopg.errors.ConnectionTimeout:
            silence.begin()
            raise
        connection.silence = silence
        return connection
