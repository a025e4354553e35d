"""What decisions in force do to a person: suspended, silenced, posts hidden.

The columns that every statement reads follow from the decisions, and are set here alone.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from app.extensions import db
from app.lib.dates import utcnow
from app.models import Decision, HiddenPost, Post, User
from app.models.accounts.user import FOR_GOOD
from app.services.accounts import sessions
from app.services.data import counters, exports
from app.services.posts import search_index

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


def end_expired() -> int:
    """End the suspensions and silences whose time is over, a batch at a time. Returns of how many.

    By an index each: this runs every minute, and nobody may read all people for it.
    """
    now = utcnow()
    ends = (User.suspended_until, User.silenced_until)
    over = sa.union(*(sa.select(User.id).where(end <= now) for end in ends))
    people = sa.select(User).where(User.id.in_(over)).order_by(User.id).limit(BATCH)
    expired = db.session.scalars(people.with_for_update(of=User)).all()
    for person in expired:
        apply(person)
    return len(expired)


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
