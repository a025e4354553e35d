"""What decisions in force do to a person: suspended, silenced, posts hidden or with a note.

The columns that every statement reads follow from the decisions, and are set here alone.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from app.extensions import db
from app.lib.dates import utcnow
from app.models import Decision, HiddenPost, NotedPost, Post, User
from app.models.accounts.user import FOR_GOOD
from app.services.accounts import sessions
from app.services.data import counters, exports
from app.services.posts import schedules, search_index

BATCH = 100


def apply(person: User) -> None:
    """Set what the decisions in force about `person` say. The row must be locked."""
    now = utcnow()
    rows = sa.select(Decision.action, Decision.until).where(
        Decision.person_id == person.id,
        Decision.action.in_(("silence", "suspend")),
        Decision.in_force_clause(now),
    )
    ends: dict[str, list[datetime]] = {"silence": [], "suspend": []}
    for action, until in db.session.execute(rows):
        ends[action].append(until or FOR_GOOD)
    person.silenced_until = max(ends["silence"], default=None)
    _suspend(person, max(ends["suspend"], default=None))
    db.session.flush()


def apply_to_posts(ids: Collection[int]) -> None:
    """Hide those of the posts that a decision in force hides, and show the others again."""
    if not ids:
        return
    now = utcnow()
    is_hidden = (
        sa.exists()
        .where(HiddenPost.post_id == Post.id, HiddenPost.decision_id == Decision.id)
        .where(Decision.in_force_clause(now))
    )
    changed = sa.update(Post).where(Post.id.in_(ids), Post.hidden_at.is_(None) == is_hidden)
    values = {
        Post.hidden_at: sa.case((Post.hidden_at.is_(None), now), else_=None),
        Post.search_version: Post.search_version + 1,
    }
    changed_ids = db.session.scalars(changed.values(values).returning(Post.id)).all()
    search_index.enqueue("post", changed_ids)


def apply_notes(ids: Collection[int]) -> None:
    """Put on each of the posts the note of the latest decision in force that requires one.

    Takes it off where there is none. The row of their author must be locked.
    """
    latest = (
        sa.select(NotedPost.note)
        .join(Decision, Decision.id == NotedPost.decision_id)
        .where(NotedPost.post_id == Post.id, Decision.in_force_clause(utcnow()))
        .order_by(Decision.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    if ids:
        db.session.execute(sa.update(Post).where(Post.id.in_(ids)).values(required_note=latest))


def end_expired() -> int:
    """End what was decided for a while and is over, a batch at a time. Returns of how many people.

    By an index each: this runs every minute, and nobody may read all people for it.
    """
    now = utcnow()
    ends = (User.suspended_until, User.silenced_until)
    noted = sa.select(Decision.person_id).join(NotedPost, NotedPost.decision_id == Decision.id)
    over = sa.union(
        *(sa.select(User.id).where(end <= now) for end in ends),
        noted.where(NotedPost.ends_at <= now),
    )
    people = sa.select(User).where(User.id.in_(over)).order_by(User.id).limit(BATCH)
    expired = db.session.scalars(people.with_for_update(of=User)).all()
    for person in expired:
        apply(person)
        _end_notes(person, now)
    return len(expired)


def _end_notes(person: User, now: datetime) -> None:
    own = sa.select(Decision.id).where(Decision.person_id == person.id)
    ended = sa.update(NotedPost).where(NotedPost.ends_at <= now, NotedPost.decision_id.in_(own))
    ids = db.session.scalars(ended.values(ends_at=None).returning(NotedPost.post_id)).all()
    apply_notes(ids)


def _suspend(person: User, until: datetime | None) -> None:
    was_suspended = person.suspended_until is not None
    person.suspended_until = until
    if was_suspended == (until is not None):
        return
    person.search_version = User.search_version + 1
    db.session.flush()
    search_index.enqueue_account(person.id)
    if person.closed_at is None:
        counters.count_follows_of(person, 1 if until is None else -1)
    if until is not None:
        # Tokens stop too, and work again after it: see `tokens.find`.
        sessions.end_devices(person)
        # Nobody leaves the address behind under which they were suspended.
        person.pending_email = None
        exports.cancel(person)
        schedules.unschedule_all(person.id)
