"""Idempotency: a request that comes twice under one key is carried out once, and answered alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import sqlalchemy as sa

from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.tokens import fingerprint, hash_token
from app.models import Message, Post, Submission, User
from app.services.errors import GoneError, KeyReusedError

# How long a page may stay open and be sent again, and for how long API clients may retry.
FORM_LIFETIME = timedelta(days=30)
CLIENT_LIFETIME = timedelta(hours=24)

Made = TypeVar("Made", Post, Message)


@dataclass(frozen=True)
class SubmissionKey:
    """An idempotency key. `repeats_if_gone`: once its row is deleted, the request makes another."""

    hash: str
    request_hash: str
    lifetime: timedelta
    repeats_if_gone: bool = False


def form_key(key: str | None, *request: object) -> SubmissionKey | None:
    """The key of a page's form, None without one.

    What is sent is part of the key: other words from the same page, after going back to it, are a
    request of their own.
    """
    if not key:
        return None
    return SubmissionKey(fingerprint(key, *request), "", FORM_LIFETIME, repeats_if_gone=True)


def client_key(key: str | None, *request: object) -> SubmissionKey | None:
    """The `Idempotency-Key` of an API client, None without one; it stands for one request."""
    if key is None:
        return None
    return SubmissionKey(hash_token(key), fingerprint(*request), CLIENT_LIFETIME)


def once(user: User, key: SubmissionKey | None, make: Callable[[], Made]) -> Made:
    """What `make` makes; the second time under the same `key`, what it made the first time.

    Raises KeyReusedError when the key came with another request, GoneError when what it made was
    deleted since.
    """
    if key is None:
        return make()
    own = {"user_id": user.id, "key_hash": key.hash}
    if not _claim(own, key):
        earlier = _earlier(own, key)
        if earlier is not None:
            return earlier  # type: ignore[return-value]
        if not key.repeats_if_gone:
            raise GoneError
    made = make()
    column = "post_id" if isinstance(made, Post) else "message_id"
    row = sa.update(Submission).filter_by(**own).values({column: made.id})
    db.session.execute(row.execution_options(synchronize_session=False))
    return made


def purge() -> int:
    """Erase keys that have expired. Returns how many."""
    old = sa.delete(Submission).where(Submission.expires_at < utcnow())
    return len(db.session.scalars(old.returning(Submission.key_hash)).all())


def _claim(own: dict[str, Any], key: SubmissionKey) -> bool:
    """Whether the key is new or expired. The row is the claim: a second request waits for it."""
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


def _earlier(own: dict[str, Any], key: SubmissionKey) -> Post | Message | None:
    """What the key made before, None when that is gone."""
    row = db.session.scalars(sa.select(Submission).filter_by(**own)).one()
    if row.request_hash != key.request_hash:
        raise KeyReusedError
    if row.message_id is not None:
        return db.session.get(Message, row.message_id)
    live = sa.select(Post).where(Post.id == row.post_id, Post.deleted_at.is_(None))
    return db.session.scalar(live)
