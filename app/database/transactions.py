"""The transaction protocol: who begins, who commits, and when a read may turn into a write.

One transaction per request or job. It begins with the first statement and ends once, with the
commit of the outermost layer (a route, a command, a task); services flush and never commit.

On SQLite a transaction that read first cannot start to write while others write, so `is_writer`
decides at BEGIN: forms and everything outside a request take the write lock from the start, page
reads do not. On PostgreSQL page reads need no transaction at all, and whoever may write has one,
which locks row by row.

A view that computes for a long time before it writes (a password hash, a remote call) must not
hold that lock meanwhile. It is marked `@defers_write_lock`, reads and computes, and calls
`restart_for_write` when it is ready. **`restart_for_write` and `end_read` roll back**: what was
read is discarded and must be checked again under the lock, and nothing may have been changed
before. Services with long computations call them and say so in their docstrings; all others leave
the transaction alone.

`separate_transaction` is for a small write that must survive a later rollback, such as a counted
attempt. It commits what came before it, so it comes first in a view.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from flask import current_app, g, has_app_context, has_request_context, request
from sqlalchemy.exc import DBAPIError

from app.extensions import db

View = TypeVar("View", bound=Callable[..., Any])

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def defers_write_lock(view: View) -> View:
    """For views that read and compute first, and call `restart_for_write` themselves."""
    view.defers_write_lock = True  # type: ignore[attr-defined]
    return view


def is_writer() -> bool:
    """Whether the transaction that begins now queues for SQLite's write lock.

    `g.is_writing` overrides the request's method and view.
    """
    if not has_request_context():
        return not has_app_context() or bool(g.get("is_writing", True))
    view = current_app.view_functions.get(request.endpoint or "")
    is_form = request.method not in SAFE_METHODS and not hasattr(view, "defers_write_lock")
    return bool(g.get("is_writing", is_form))


def restart_for_write() -> None:
    """End the read by a rollback; the next statement begins a transaction that may write."""
    db.session.rollback()
    if has_request_context():
        g.is_writing = True


def end_read() -> None:
    """End the read by a rollback, so that no lock is held during a long computation."""
    db.session.rollback()


def safe_rollback() -> None:
    """Roll back, even if the connection was lost."""
    try:
        db.session.rollback()
    except DBAPIError:
        # The rollback failed with the connection, so drop the session.
        db.session.remove()


@contextmanager
def separate_transaction() -> Iterator[None]:
    """Commit what came before, then the block separately, so that it survives a rollback."""
    db.session.commit()
    before = g.get("is_writing")
    g.is_writing = True
    yield
    db.session.commit()
    g.is_writing = before
    if before is None:
        del g.is_writing
