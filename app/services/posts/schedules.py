"""Scheduled posts: drafts that the worker publishes at the time that their author chose."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa
from flask import current_app

from app.database.transactions import end_read, restart_for_write
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.text import length
from app.models import Draft, Post, User
from app.policies import may_write
from app.services.community import follows
from app.services.data import submissions
from app.services.errors import (
    RepeatedPostError,
    RepliesClosedError,
    ScheduleRangeError,
    TooManyScheduledError,
)
from app.services.messages import notifications
from app.services.posts import drafts, posts
from app.services.posts.composition import Composed, compose_thread
from app.services.posts.drafts import Writing

LEAST_AHEAD = timedelta(minutes=5)
MOST_AHEAD = timedelta(days=365)
SCHEDULED_MAX = 100
# Whoever chose an hour rarely means one on another day.
LATEST = timedelta(days=1)
BATCH = 100


def schedule(author: User, key: str, writing: Writing, publish_at: datetime) -> Draft:
    """Publish `writing` at `publish_at` (UTC), instead of what was kept under the same key.

    Raises ScheduleRangeError or TooManyScheduledError.
    """
    if not LEAST_AHEAD <= publish_at - utcnow() <= MOST_AHEAD:
        raise ScheduleRangeError
    follows.lock_people(author)
    others = Draft.scheduled_of(author).where(Draft.key != key)
    count = db.session.scalars(others.with_only_columns(sa.func.count())).one()
    if count >= SCHEDULED_MAX:
        raise TooManyScheduledError
    return drafts.write(author, key, writing, publish_at)


def page(author: User) -> Sequence[Draft]:
    """What `author` has scheduled, the next one first; there are at most SCHEDULED_MAX."""
    rows = Draft.scheduled_of(author).order_by(Draft.publish_at, Draft.id)
    return db.session.scalars(rows).all()


def unschedule_all(author_id: int) -> None:
    """Turn what somebody has scheduled into drafts, when they may not publish anymore."""
    own = sa.update(Draft).where(Draft.author_id == author_id, Draft.publish_at.is_not(None))
    own = own.values(publish_at=None, failure="unscheduled")
    db.session.execute(own.execution_options(synchronize_session=False))


def due() -> Sequence[int]:
    """The ids of what is to be published now, the earliest first."""
    rows = sa.select(Draft.id).where(Draft.publish_at <= utcnow(), Draft.deleted_at.is_(None))
    return db.session.scalars(rows.order_by(Draft.publish_at, Draft.id).limit(BATCH)).all()


def publish(draft_id: int) -> Post | None:
    """Publish a draft that is due, with the rights that its author has now; once.

    Otherwise it stays as a draft, and its author is notified. Restarts the transaction: the text is
    composed before anything is locked. None if there is nothing to publish, or not yet.
    """
    draft = db.session.get(Draft, draft_id)
    if draft is None:
        return None
    before, author_id, texts = draft.saved_at, draft.author_id, draft.texts
    prior = db.session.get_one(User, author_id).language
    title, note, language = draft.title, draft.content_note, draft.language
    end_read()
    thread = compose_thread(texts, title=title, note=note, language=language, prior=prior)
    restart_for_write()
    # In the order in which composers lock them.
    follows.lock_ids(author_id)
    rows = sa.select(Draft).where(
        *(Draft.id == draft_id, Draft.saved_at == before),
        *(Draft.publish_at <= utcnow(), Draft.deleted_at.is_(None)),
    )
    draft = db.session.scalar(rows.with_for_update().execution_options(populate_existing=True))
    # Changed meanwhile: its turn comes again.
    if draft is None:
        return None
    author = db.session.get_one(User, author_id, populate_existing=True)
    try:
        post = _publish(draft, author, thread)
    except _FailedError as failed:
        draft.publish_at, draft.failure = None, failed.reason
        notifications.schedule(author_id, draft_id, failed.reason)
        return None
    db.session.delete(draft)
    db.session.flush()
    return post


class _FailedError(Exception):
    def __init__(self, reason: str) -> None:
        self.reason = reason


def _publish(draft: Draft, author: User, thread: Sequence[Composed]) -> Post:
    if draft.publish_at is None or utcnow() - draft.publish_at > LATEST:
        raise _FailedError("late")
    if author.closed_at is not None or not may_write(author):
        raise _FailedError("not_allowed")
    limit = int(current_app.config["POST_MAX_LENGTH"])
    if not draft.body or any(length(text) > limit for text in draft.texts):
        raise _FailedError("too_long")
    parent = None
    if draft.reply_to_id is not None:
        parent = db.session.scalar(Post.alone_for(draft.reply_to_id, author))
        if parent is None:
            raise _FailedError("parent_gone")
    create = partial(
        posts.publish_thread,
        author,
        thread,
        parent,
        visibility=draft.visibility,
        replies_from=draft.replies_from,
    )
    # The key of its composer, whose button may be pressed at the same moment.
    place, title = ([], [draft.title]) if parent is None else ([parent.id], [])
    key = submissions.form_key(draft.key, *place, *draft.texts, *title)
    try:
        with db.session.begin_nested():
            return submissions.once(author, key, Post, create)
    except RepliesClosedError as error:
        raise _FailedError("replies_closed") from error
    except RepeatedPostError as error:
        raise _FailedError("repeated") from error
