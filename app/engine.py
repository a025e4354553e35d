"""How connections behave: durable SQLite that queues writers, PostgreSQL that never hangs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from flask import Flask, current_app, g, has_app_context, has_request_context, request
from sqlalchemy import event
from sqlalchemy.engine import Connection

from app.extensions import db

View = TypeVar("View", bound=Callable[..., Any])

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
BUSY_MILLISECONDS = 5000
POSTGRESQL_OPTIONS = {
    "statement_timeout": 5000,
    "lock_timeout": 3000,
    "idle_in_transaction_session_timeout": 10_000,
    # Starting helpers takes longer than the statements of a page do.
    "max_parallel_workers_per_gather": 0,
    "jit": "off",
}


def options(url: str) -> dict[str, Any]:
    """Engine options for the database at `url`; errors never show what was in a statement."""
    if url.startswith("sqlite"):
        # The driver must not begin transactions of its own: `_begin` decides how.
        waits = {"timeout": BUSY_MILLISECONDS / 1000, "isolation_level": None}
        return {"hide_parameters": True, "connect_args": waits}
    flags = " ".join(f"-c {name}={value}" for name, value in POSTGRESQL_OPTIONS.items())
    return {
        "hide_parameters": True,
        "pool_pre_ping": True,
        "pool_recycle": 1800,
        "pool_timeout": 3,
        "pool_size": 8,
        "connect_args": {"connect_timeout": 3, "options": flags},
    }


def init_app(app: Flask) -> None:
    """Attach the SQLite rules to the app's engine."""
    with app.app_context():
        if db.engine.dialect.name != "sqlite":
            return
        synchronous = app.config["SQLITE_SYNCHRONOUS"]

        @event.listens_for(db.engine, "connect")
        def _connect(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(f"PRAGMA synchronous={synchronous}")
            connection.execute("PRAGMA foreign_keys=ON")
            connection.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")

        event.listen(db.engine, "begin", _begin)


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _will_write() else "BEGIN")


def _will_write() -> bool:
    """Whether to queue for the write lock at once: a reader that turns writer would be refused.

    Pages read, forms and everything outside requests write, but for views that `read_first`
    and what says so in `g.is_writing`.
    """
    if not has_request_context():
        return not has_app_context() or bool(g.get("is_writing", True))
    view = current_app.view_functions.get(request.endpoint or "")
    is_form = request.method not in SAFE_METHODS and not hasattr(view, "reads_first")
    return bool(g.get("is_writing", is_form))


def reads_first(view: View) -> View:
    """For views that compute for long (a password's hash) before they write anything."""
    view.reads_first = True  # type: ignore[attr-defined]
    return view


def start_writing() -> None:
    """End what was read so far; the next statement begins a transaction that may write."""
    db.session.rollback()
    if has_request_context():
        g.is_writing = True


@contextmanager
def own_transaction() -> Iterator[None]:
    """A small write of its own before a view has changed anything; it holds whatever follows."""
    db.session.commit()
    before = g.get("is_writing")
    g.is_writing = True
    yield
    db.session.commit()
    g.is_writing = before
    if before is None:
        del g.is_writing
