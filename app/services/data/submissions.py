"""Idempotency: a request repeated under one key runs once and gets the same response."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.tokens import fingerprint, hash_token
from app.models import Message, Post, Submission, User
from app.services.errors import GoneError, KeyReusedError

# How long a form may stay open and be resubmitted, and how long API clients may retry.
FORM_LIFETIME = timedelta(days=30)
CLIENT_LIFETIME = timedelta(hours=24)

Row = TypeVar("Row", Post, Message)


@dataclass(frozen=True)
class SubmissionKey:
    """An idempotency key. `repeats_if_gone`: if its row was deleted, the request runs again."""

    hash: str
    request_hash: str
    lifetime: timedelta
    repeats_if_gone: bool = False


def form_key(key: str | None, *request: object) -> SubmissionKey | None:
    """The key of a page's form, None without one.

    The content is part of the key: another text from the same page, after going back to it, is a
    separate request.
    """
    if not key:
        return None
    return SubmissionKey(fingerprint(key, *request), "", FORM_LIFETIME, repeats_if_gone=True)


def client_key(key: str | None, *request: object) -> SubmissionKey | None:
    """The `Idempotency-Key` of an API client, None without one; it identifies one request."""
    if key is None:
        return None
    return SubmissionKey(hash_token(key), fingerprint(*request), CLIENT_LIFETIME)


def once(user: User, key: SubmissionKey | None, model: type[Row], create: Callable[[], Row]) -> Row:
    """Call `create` and return its row; under the same `key` return the row of the first call.

    Raises KeyReusedError when the key was used for a different request, GoneError when the row was
    deleted since.
    """
    if key is None:
        return create()
    own = {"user_id": user.id, "key_hash": key.hash}
    if not _claim(own, key):
        first = _row_of_first_call(own, key, model)
        if first is not None:
            return first
        if not key.repeats_if_gone:
            raise GoneError
    row = create()
    column = "post_id" if model is Post else "message_id"
    result = sa.update(Submission).filter_by(**own).values({column: row.id})
    db.session.execute(result.execution_options(synchronize_session=False))
    return row


def purge() -> int:
    """Delete keys that have expired. Returns how many."""
    old = sa.delete(Submission).where(Submission.expires_at < utcnow())
    return len(db.session.scalars(old.returning(Submission.key_hash)).all())


def _claim(own: dict[str, Any], key: SubmissionKey) -> bool:
    """Whether the key is new or expired. The row is a lock: a concurrent request waits for it."""
    now = utcnow()
    values = {**own, "request_hash": key.request_hash, "created_at": now}
    values["expires_at"] = now + key.lifetime
    row = insert(Submission).values(values)
    claim = row.on_conflict_do_update(
        index_elements=[Submission.user_id, Submission.key_hash],
        set_={**values, "post_id": None, "message_id": None},
        where=Submission.expires_at < now,
    )
    return db.session.scalar(claim.returning(Submission.key_hash)) is not None


def _row_of_first_call(own: dict[str, Any], key: SubmissionKey, model: type[Row]) -> Row | None:
    """The row created under the key, None if it was deleted. Raises KeyReusedError."""
    submission = db.session.scalars(sa.select(Submission).filter_by(**own)).one()
    if submission.request_hash != key.request_hash:
        raise KeyReusedError
    rows = sa.select(model)
    if model is Post:
        rows = rows.where(Post.id == submission.post_id, Post.deleted_at.is_(None))
        rows = rows.options(joinedload(Post.counts))
    else:
        rows = rows.where(Message.id == submission.message_id)
    return db.session.scalar(rows)
