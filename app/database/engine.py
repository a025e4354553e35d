"""How connections behave: durable SQLite that queues writers, PostgreSQL that never hangs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from weakref import WeakSet

import sqlalchemy as sa
from flask import Flask, current_app, g, has_app_context, has_request_context, request
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

from app.database import postgresql
from app.extensions import db

View = TypeVar("View", bound=Callable[..., Any])

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
BUSY_MILLISECONDS = 5000
# On a connection with this option, BEGIN does not queue for the write lock.
READING = {"is_reading": True}


def options(url: str) -> dict[str, Any]:
    """Engine options for the database at `url`; errors never show what was in a statement."""
    if url.startswith("sqlite"):
        # The driver must not begin transactions of its own: `_begin` decides how.
        waits = {"timeout": BUSY_MILLISECONDS / 1000, "isolation_level": None}
        return {"hide_parameters": True, "connect_args": waits}
    return {"hide_parameters": True} | postgresql.options()


def init_app(app: Flask) -> None:
    """Attach the rules to the app's engine."""
    with app.app_context():
        _prepare(db.engine, app.config["SQLITE_SYNCHRONOUS"])

    @app.teardown_appcontext
    def leave(_error: BaseException | None) -> None:
        # The answer is made by now. A database that dies this late must not take it back.
        if db.session.registry.has():
            forget_transaction()


def create(url: str) -> Engine:
    """An engine beside the app's own, under the same rules."""
    engine = sa.create_engine(url, **options(url))
    _prepare(engine, current_app.config["SQLITE_SYNCHRONOUS"])
    return engine


def _prepare(engine: Engine, synchronous: str) -> None:
    _engines.add(engine)
    if engine.dialect.name != "sqlite":
        postgresql.attach(engine)
        return

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={synchronous}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")

    event.listen(engine, "begin", _begin)


_engines: WeakSet[Engine] = WeakSet()


def _leave_connections() -> None:
    """A forked process must not speak over the connections of its parent."""
    for engine in _engines:
        engine.dispose(close=False)


os.register_at_fork(after_in_child=_leave_connections)


def _begin(connection: Connection) -> None:
    is_reading = connection.get_execution_options().get("is_reading")
    will_write = not is_reading and _will_write()
    connection.exec_driver_sql("BEGIN IMMEDIATE" if will_write else "BEGIN")


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


def stop_reading() -> None:
    """End what was read so far, so that nobody waits for whoever computes with it now."""
    db.session.rollback()


def forget_transaction() -> None:
    """End what was begun, even when the connection has died meanwhile."""
    try:
        db.session.rollback()
    except DBAPIError:
        # Dropping the session is all that is left to do.
        db.session.remove()


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
