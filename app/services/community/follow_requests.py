"""Answering those who ask to follow: accept, decline, and undo; and lists of what waits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.database.cursor import Cursor
from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Follow, FollowRequest, User
from app.services.community.follows import lock_ids, lock_people
from app.services.messages import notifications

# An answer can be taken back so long.
UNDO_WITHIN = timedelta(days=1)
# So many people are let in at once.
BATCH = 500


def accept(user: User, follower: User) -> bool:
    """Let somebody follow `user`. Returns whether they had asked."""
    lock_people(user, follower)
    if not _answer(user, follower, is_accepted=True):
        return False
    if follower.follow(user):
        notifications.follow_accepted(user, [follower.id])
    return True


def decline(user: User, follower: User) -> bool:
    """Leave a request unfulfilled; they are not notified. Returns whether there was one."""
    lock_people(user, follower)
    return _answer(user, follower, is_accepted=False)


def restore(user: User, follower: User) -> bool:
    """Undo what `user` answered a while ago: the request waits again. Returns whether it does."""
    lock_people(user, follower)
    if not user.approves_followers:
        return False
    answered = sa.update(FollowRequest).where(
        *_is_of(follower, user), FollowRequest.answered_at > utcnow() - UNDO_WITHIN
    )
    # Whoever stopped following meanwhile has taken the request back too.
    if db.session.scalar(answered.values(answered_at=None).returning(FollowRequest.id)) is None:
        return False
    follower.unfollow(user)
    notifications.remove_follow_accepted(user, follower)
    return True


def _answer(user: User, follower: User, *, is_accepted: bool) -> bool:
    waiting = sa.update(FollowRequest).where(
        *_is_of(follower, user), FollowRequest.answered_at.is_(None)
    )
    answered = waiting.values(answered_at=utcnow(), is_accepted=is_accepted)
    if db.session.scalar(answered.returning(FollowRequest.id)) is None:
        return False
    notifications.remove_follow_requests([follower.id], [user.id])
    return True


def set_approval(user: User, *, is_needed: bool) -> None:
    """Have people ask before they follow `user`, or not any more: then whoever waits follows.

    Those who follow already stay.
    """
    user.approves_followers = is_needed
    # Waits for those who are asking in this moment.
    db.session.flush()
    if not is_needed:
        accept_all(user)


def accept_all(user: User) -> int:
    """Let everybody follow `user` who waits. Returns how many."""
    count = 0
    waiting = sa.select(FollowRequest.follower_id).where(
        FollowRequest.followed_id == user.id, FollowRequest.answered_at.is_(None)
    )
    while ids := db.session.scalars(waiting.order_by(FollowRequest.id).limit(BATCH)).all():
        count += _let_in(user, ids)
    return count


def page(user: User, cursor: Cursor) -> list[FollowRequest]:
    """A page of the requests that wait for `user`, with those who ask; the latest first."""
    rows = _received_by(user).options(joinedload(FollowRequest.follower, innerjoin=True))
    return list(db.session.scalars(cursor.apply(rows, FollowRequest.id)))


def sent_page(user: User, cursor: Cursor) -> list[FollowRequest]:
    """A page of the requests of `user` that wait, with those who were asked; the latest first."""
    rows = sa.select(FollowRequest).where(
        FollowRequest.follower_id == user.id,
        FollowRequest.answered_at.is_(None),
        FollowRequest.followed.has(User.visibility_clause(user)),
    )
    rows = rows.options(joinedload(FollowRequest.followed, innerjoin=True))
    return list(db.session.scalars(cursor.apply(rows, FollowRequest.id)))


def count(user: User) -> int:
    """How many requests wait for `user`."""
    return db.session.scalars(_received_by(user).with_only_columns(sa.func.count())).one()


def end_between(user: User, others: Iterable[User]) -> None:
    """End what `user` and the others have asked of each other."""
    ids = [other.id for other in others]
    there = sa.and_(FollowRequest.follower_id == user.id, FollowRequest.followed_id.in_(ids))
    back = sa.and_(FollowRequest.followed_id == user.id, FollowRequest.follower_id.in_(ids))
    ended = sa.delete(FollowRequest).where(sa.or_(there, back))
    pairs = (FollowRequest.follower_id, FollowRequest.followed_id)
    gone = db.session.execute(ended.returning(*pairs)).all()
    if gone:
        askers, asked = zip(*gone, strict=True)
        notifications.remove_follow_requests(askers, asked)


def purge() -> int:
    """Erase requests whose answer can no longer be undone. Returns how many."""
    old = sa.delete(FollowRequest).where(FollowRequest.answered_at < utcnow() - UNDO_WITHIN)
    return len(db.session.scalars(old.returning(FollowRequest.id)).all())


def _is_of(follower: User, user: User) -> tuple[sa.ColumnElement[bool], ...]:
    return (FollowRequest.follower_id == follower.id, FollowRequest.followed_id == user.id)


def _received_by(user: User) -> sa.Select[FollowRequest]:
    rows = sa.select(FollowRequest).where(
        FollowRequest.followed_id == user.id, FollowRequest.answered_at.is_(None)
    )
    return rows.where(FollowRequest.follower.has(User.visibility_clause(user)))


def _let_in(user: User, ids: Sequence[int]) -> int:
    lock_ids(user.id, *ids)
    waits = (
        FollowRequest.followed_id == user.id,
        FollowRequest.follower_id.in_(ids),
        FollowRequest.answered_at.is_(None),
    )
    gone = sa.delete(FollowRequest).where(*waits).returning(FollowRequest.follower_id)
    taken = db.session.scalars(gone).all()
    rows = [
        {"follower_id": one, "followed_id": user.id, "created_at": utcnow()}
        for one in sorted(taken)
    ]
    if not rows:
        return 0
    added = insert(Follow).values(rows).on_conflict_do_nothing().returning(Follow.follower_id)
    new = db.session.scalars(added).all()
    more = sa.update(User).where(User.id.in_(new)).values(following_count=User.following_count + 1)
    db.session.execute(more)
    # Whoever is absent does not count until they are back.
    present = sa.select(sa.func.count()).where(User.id.in_(new), User.presence_clause())
    step = db.session.scalars(present).one()
    mine = sa.update(User).where(User.id == user.id)
    db.session.execute(mine.values(followers_count=User.followers_count + step))
    notifications.remove_follow_requests(taken, [user.id])
    notifications.follow_accepted(user, sorted(new))
    return len(new)
