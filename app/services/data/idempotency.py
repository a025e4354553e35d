"""Requests that programs send again because they heard no answer: done once, answered alike."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.extensions import db
from app.lib.dates import utcnow
from app.lib.tokens import fingerprint, hash_token
from app.models import IdempotencyKey, Message, Post, User
from app.services.errors import GoneError, KeyReusedError
from app.services.messages import messages
from app.services.posts import posts

KEPT = timedelta(hours=24)


def publish_once(author: User, key: str, body: str, *, title: str) -> Post:
    """Publish a post under `key`, or give the post that was published under it before.

    Raises KeyReusedError when that one had other words, GoneError when it was deleted since.
    """
    mark = {"user_id": author.id, "key_hash": hash_token(key)}
    request_hash = fingerprint(body, title)
    if not _claim(mark, request_hash):
        return _earlier(mark, request_hash)
    post = posts.publish(author, body, title=title)
    row = sa.update(IdempotencyKey).filter_by(**mark).values(post_id=post.id)
    db.session.execute(row.execution_options(synchronize_session=False))
    return post


def send_once(sender: User, key: str, recipient: User, body: str) -> Message:
    """Write to somebody under `key`, or give the message that was sent under it before.

    Raises KeyReusedError when that one had other words, and MessageRefusedError.
    """
    mark = {"user_id": sender.id, "key_hash": hash_token(key)}
    request_hash = fingerprint("message", recipient.id, body)
    _claim(mark, request_hash)
    row = _asked(mark, request_hash)
    # A key that has served its day makes another message.
    form_key = f"{key} {row.created_at.timestamp()}"
    return messages.send(sender, recipient, body, form_key=form_key)


def purge() -> int:
    """Forget keys that are too old to be sent again. Returns how many."""
    old = sa.delete(IdempotencyKey).where(IdempotencyKey.created_at < utcnow() - KEPT)
    return len(db.session.scalars(old.returning(IdempotencyKey.key_hash)).all())


def _claim(mark: dict[str, object], request_hash: str) -> bool:
    """Whether the key is fresh. The row is the claim: the second to come waits for the first."""
    insert = sqlite.insert if db.engine.dialect.name == "sqlite" else postgresql.insert
    values = {**mark, "request_hash": request_hash, "created_at": utcnow()}
    is_over = IdempotencyKey.created_at < utcnow() - KEPT
    claim = insert(IdempotencyKey).values(values)
    claim = claim.on_conflict_do_update(
        index_elements=[IdempotencyKey.user_id, IdempotencyKey.key_hash],
        set_={**values, "post_id": None},
        where=is_over,
    )
    return db.session.scalar(claim.returning(IdempotencyKey.key_hash)) is not None


def _asked(mark: dict[str, object], request_hash: str) -> IdempotencyKey:
    row = db.session.scalars(sa.select(IdempotencyKey).filter_by(**mark)).one()
    if row.request_hash != request_hash:
        raise KeyReusedError
    return row


def _earlier(mark: dict[str, object], request_hash: str) -> Post:
    row = _asked(mark, request_hash)
    post = db.session.get(Post, row.post_id) if row.post_id else None
    if post is None or post.deleted_at is not None:
        raise GoneError
    return post
