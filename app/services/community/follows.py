"""Following people, and lists of followers and followed people."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.database.cursor import Cursor
from app.extensions import db
from app.models import Follow, User
from app.policies import may_follow
from app.services.errors import SelfFollowError
from app.services.messages import notifications


def follow(follower: User, followed: User) -> bool:
    """Follow somebody. Returns whether it is new. Raises SelfFollowError."""
    if not may_follow(follower, followed):
        raise SelfFollowError
    is_new = follower.follow(followed)
    if is_new:
        notifications.follow(follower, followed)
    return is_new


def unfollow(follower: User, followed: User) -> bool:
    """Stop following somebody. Returns whether they were followed. Raises SelfFollowError."""
    if not may_follow(follower, followed):
        raise SelfFollowError
    return follower.unfollow(followed)


def followers_of(user: User, cursor: Cursor) -> list[Follow]:
    """A page of the follows of `user`, with the followers; the latest first."""
    rows = sa.select(Follow).where(
        Follow.followed_id == user.id, Follow.follower.has(User.visibility_clause(None))
    )
    return _rows(rows.options(joinedload(Follow.follower, innerjoin=True)), cursor)


def followed_by(user: User, cursor: Cursor) -> list[Follow]:
    """A page of the follows by `user`, with the followed people; the latest first."""
    rows = sa.select(Follow).where(
        Follow.follower_id == user.id, Follow.followed.has(User.visibility_clause(None))
    )
    return _rows(rows.options(joinedload(Follow.followed, innerjoin=True)), cursor)


def followers_page(user: User, limit: int, offset: int) -> list[User]:
    """A page of the followers of `user` by offset; the latest first."""
    return _numbered_page(Follow.follower_id, Follow.followed_id == user.id, limit, offset)


def followed_page(user: User, limit: int, offset: int) -> list[User]:
    """A page of the people whom `user` follows by offset; the latest first."""
    return _numbered_page(Follow.followed_id, Follow.follower_id == user.id, limit, offset)


@dataclass(frozen=True)
class Circle:
    """The ids of people whom somebody follows, and of those who follow them."""

    followed: Set[int] = frozenset()
    followers: Set[int] = frozenset()


def circle_among(viewer: User | None, people: Iterable[User]) -> Circle:
    """Those of `people` whom `viewer` follows, and those who follow `viewer`; one statement."""
    ids = [person.id for person in people]
    if viewer is None or not ids:
        return Circle()
    there = sa.and_(Follow.follower_id == viewer.id, Follow.followed_id.in_(ids))
    back = sa.and_(Follow.followed_id == viewer.id, Follow.follower_id.in_(ids))
    rows = sa.select(Follow.follower_id, Follow.followed_id).where(sa.or_(there, back))
    pairs = db.session.execute(rows).all()
    return Circle(
        frozenset(followed for follower, followed in pairs if follower == viewer.id),
        frozenset(follower for follower, followed in pairs if followed == viewer.id),
    )


def relationship(viewer: User, other: User) -> tuple[bool, bool]:
    """Whether `viewer` follows `other`, and whether `other` follows `viewer`; one statement."""
    there = sa.and_(Follow.follower_id == viewer.id, Follow.followed_id == other.id)
    back = sa.and_(Follow.follower_id == other.id, Follow.followed_id == viewer.id)
    rows = sa.select(Follow.follower_id).where(sa.or_(there, back))
    followers = set(db.session.scalars(rows))
    return viewer.id in followers, other.id in followers


def _numbered_page(
    person_id: sa.SQLColumnExpression[int], of_user: sa.ColumnElement[bool], limit: int, offset: int
) -> list[User]:
    """The people of one page. Those before it are skipped in the index, without reading them."""
    page: sa.Select[int, int] = sa.select(Follow.id, person_id.label("person_id")).where(of_user)
    page = page.where(person_id.not_in(User.hidden_ids())).order_by(Follow.id.desc())
    rows = page.limit(limit).offset(offset).subquery()
    people = User.visible_to(None).join(rows, rows.c.person_id == User.id)
    return list(db.session.scalars(people.order_by(rows.c.id.desc())))


def _rows(rows: sa.Select[Follow], cursor: Cursor) -> list[Follow]:
    return list(db.session.scalars(cursor.apply(rows, Follow.id)))
