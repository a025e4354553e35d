"""Drafts: save, publish and delete what nobody else has read yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Draft, User
from app.services.community import follows
from app.services.errors import TooManyDraftsError

DRAFTS_MAX = 100
# How long a deleted draft can be restored.
RETENTION = timedelta(days=1)


@dataclass(frozen=True)
class Writing:
    """What a composer holds. `reply_to_id` is the id of the post that it replies to.

    `more` are the texts of the posts that follow it in a thread; without a `language` it is
    detected later.
    """

    body: str
    title: str = ""
    content_note: str = ""
    visibility: str = "public"
    reply_to_id: int | None = None
    replies_from: str = "everyone"
    language: str | None = None
    more: Sequence[str] = ()


def save(author: User, key: str, writing: Writing) -> Draft:
    """Keep `writing` for later. Under the same key, it takes the place of what was kept before.

    Raises TooManyDraftsError.
    """
    # Of two requests at once, the second counts the draft of the first.
    follows.lock_people(author)
    own = sa.select(Draft.id).where(Draft.author_id == author.id, Draft.key == key)
    if db.session.scalar(own) is None and count(author) >= DRAFTS_MAX:
        raise TooManyDraftsError
    return write(author, key, writing)


def write(author: User, key: str, writing: Writing, publish_at: datetime | None = None) -> Draft:
    """Write the row of a draft, or of one that is published at `publish_at`, whose author is
    locked.
    """
    values = {**asdict(writing), "more": list(writing.more) or None}
    values |= {"saved_at": utcnow(), "deleted_at": None}
    values |= {"publish_at": publish_at, "failure": None}
    row = insert(Draft).values(author_id=author.id, key=key, **values)
    row = row.on_conflict_do_update(index_elements=[Draft.author_id, Draft.key], set_=values)
    draft_id = db.session.scalar(row.returning(Draft.id))
    return db.session.get_one(Draft, draft_id, populate_existing=True)


def discard(author: User, key: str) -> None:
    """Forget the draft of a composer that is published now, if it has one."""
    own = sa.delete(Draft).where(Draft.author_id == author.id, Draft.key == key)
    db.session.execute(own.execution_options(synchronize_session=False))


def page(author: User) -> Sequence[Draft]:
    """The drafts of `author`, the one saved last first; there are at most DRAFTS_MAX."""
    rows = Draft.unscheduled_of(author).order_by(Draft.saved_at.desc(), Draft.id)
    return db.session.scalars(rows).all()


def count(author: User) -> int:
    """How many drafts `author` has."""
    rows = Draft.unscheduled_of(author).with_only_columns(sa.func.count())
    return db.session.scalars(rows).one()


def find(author: User, draft_id: int) -> Draft | None:
    """The draft with this id, if it is one of `author`."""
    return db.session.scalar(Draft.of(author).where(Draft.id == draft_id))


def with_key(author: User, key: str) -> Draft | None:
    """The draft of a composer, if it was saved."""
    return db.session.scalar(Draft.of(author).where(Draft.key == key))


def is_scheduled(author: User, key: str) -> bool:
    """Whether what a composer holds is published at a time."""
    return db.session.scalar(Draft.scheduled_of(author).where(Draft.key == key)) is not None


def delete(author: User, draft_id: int) -> bool:
    """Delete a draft; it can be restored for a while. Returns whether it was there."""
    return _set_deleted(author, draft_id, is_deleted=True)


def restore(author: User, draft_id: int) -> bool:
    """Undo a deletion. Returns whether there was one. Raises TooManyDraftsError."""
    follows.lock_people(author)
    if count(author) >= DRAFTS_MAX:
        raise TooManyDraftsError
    # What was to be published meanwhile waits for its author.
    past = sa.update(Draft).where(Draft.id == draft_id, Draft.author_id == author.id)
    past = past.where(Draft.deleted_at.is_not(None), Draft.publish_at < utcnow())
    db.session.execute(past.values(publish_at=None))
    return _set_deleted(author, draft_id, is_deleted=False)


def purge() -> int:
    """Erase what was deleted before RETENTION. Returns how many."""
    old = sa.delete(Draft).where(Draft.deleted_at < utcnow() - RETENTION)
    return len(db.session.scalars(old.returning(Draft.id)).all())


def _set_deleted(author: User, draft_id: int, *, is_deleted: bool) -> bool:
    is_so = Draft.deleted_at.is_(None) if is_deleted else Draft.deleted_at.is_not(None)
    row = sa.update(Draft).where(Draft.id == draft_id, Draft.author_id == author.id, is_so)
    row = row.values(deleted_at=utcnow() if is_deleted else None)
    return db.session.scalar(row.returning(Draft.id)) is not None
