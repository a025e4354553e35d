"""Following people, and lists of followers and followed people."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.database.cursor import Cursor
from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Block, Follow, FollowRequest, Mute, User
from app.policies import may_follow
from app.services.errors import NotAllowedError, SelfFollowError
from app.services.messages import notifications


def follow(follower: User, followed: User) -> bool:
    """Follow somebody, or ask whoever approves their followers. Returns whether they follow now.

    A second time changes nothing. Raises SelfFollowError, or NotAllowedError when a block stands
    between the two.
    """
    if not may_follow(follower, followed):
        raise SelfFollowError
    lock_people(follower, followed)
    is_blocked = Block.between_ids(follower.id, followed.id)
    facts = sa.select(is_blocked, User.approves_followers).where(User.id == followed.id)
    blocked, approves_followers = db.session.execute(facts).one()
    if blocked:
        raise NotAllowedError
    if approves_followers and not follower.is_following(followed):
        _ask(follower, followed)
        return False
    if follower.follow(followed):
        withdraw(follower, followed)
        notifications.follow(follower, followed)
    return True


def unfollow(follower: User, followed: User) -> bool:
    """Stop following somebody, or asking to. Returns whether they were followed.

    Raises SelfFollowError.
    """
    if not may_follow(follower, followed):
        raise SelfFollowError
    lock_people(follower, followed)
    withdraw(follower, followed)
    return follower.unfollow(followed)


def _ask(follower: User, followed: User) -> None:
    """Ask to follow somebody. A second time changes nothing."""
    now = utcnow()
    pair = {"follower_id": follower.id, "followed_id": followed.id}
    row = insert(FollowRequest).values(**pair, created_at=now)
    again = row.on_conflict_do_update(
        index_elements=list(pair),
        set_={"created_at": now, "answered_at": None, "is_accepted": False},
        where=FollowRequest.answered_at.is_not(None),
    )
    if db.session.scalar(again.returning(FollowRequest.id)) is not None:
        notifications.follow_request(follower, followed)


def withdraw(follower: User, followed: User) -> bool:
    """Ask no longer to follow somebody, whatever the answer was. Returns whether it waited."""
    row = sa.delete(FollowRequest).where(
        FollowRequest.follower_id == follower.id, FollowRequest.followed_id == followed.id
    )
    gone = db.session.execute(row.returning(FollowRequest.answered_at)).one_or_none()
    if gone is None or gone.answered_at is not None:
        return False
    notifications.remove_follow_requests([follower.id], [followed.id])
    return True


def remove_follower(user: User, follower: User) -> bool:
    """End that `follower` follows `user`. Returns whether they did; they are not notified."""
    lock_people(user, follower)
    withdraw(follower, user)
    return follower.unfollow(user)


def lock_people(*people: User) -> None:
    """Lock these rows until the transaction ends: nobody follows while the other one blocks."""
    lock_ids(*(person.id for person in people))


def lock_ids(*ids: int) -> None:
    """Lock the rows of people by their ids, in an order that is always the same."""
    rows = sa.select(User.id).where(User.id.in_(ids)).order_by(User.id)
    # Not against foreign keys, which other rows of theirs have.
    db.session.execute(rows.with_for_update(key_share=True))


def followers_of(user: User, viewer: User | None, cursor: Cursor) -> list[Follow]:
    """A page of the follows of `user` that `viewer` may see, with the followers; latest first."""
    rows = sa.select(Follow).where(Follow.follower.has(_is_listed_for(viewer)))
    rows = rows.options(joinedload(Follow.follower, innerjoin=True))
    return list(db.session.scalars(cursor.along(rows, Follow.followed_id, user.id, Follow.id)))


def followed_by(user: User, viewer: User | None, cursor: Cursor) -> list[Follow]:
    """A page of the follows by `user` that `viewer` may see, with the followed; latest first."""
    rows = sa.select(Follow).where(Follow.followed.has(_is_listed_for(viewer)))
    rows = rows.options(joinedload(Follow.followed, innerjoin=True))
    return list(db.session.scalars(cursor.along(rows, Follow.follower_id, user.id, Follow.id)))


def followers_page(user: User, viewer: User | None, limit: int, offset: int) -> list[User]:
    """A page of the followers of `user` by offset; the latest first."""
    return _numbered_page(Follow.follower_id, Follow.followed_id, user, viewer, limit, offset)


def followed_page(user: User, viewer: User | None, limit: int, offset: int) -> list[User]:
    """A page of the people whom `user` follows by offset; the latest first."""
    return _numbered_page(Follow.followed_id, Follow.follower_id, user, viewer, limit, offset)


def hidden_followers_count(user: User, viewer: User) -> int:
    """How many followers of `user` a block hides from `viewer`."""
    return _hidden_count(Follow.follower_id, Follow.followed_id == user.id, viewer)


def hidden_followed_count(user: User, viewer: User) -> int:
    """How many people whom `user` follows a block hides from `viewer`."""
    return _hidden_count(Follow.followed_id, Follow.follower_id == user.id, viewer)


def _hidden_count(
    person_id: sa.SQLColumnExpression[int], of_user: sa.ColumnElement[bool], viewer: User
) -> int:
    """Beginning with the blocks, which are few, and not with everybody who follows.

    As a scalar for each of them, since PostgreSQL may turn a join around.
    """
    around = sa.union(*Block.ids_around(viewer)).subquery()
    (blocked_id,) = around.c
    follows = sa.select(sa.func.count(Follow.id)).where(person_id == blocked_id, of_user)
    count = sa.func.coalesce(sa.func.sum(follows.scalar_subquery()), 0)
    return int(db.session.scalars(sa.select(count).select_from(around)).one())


@dataclass(frozen=True)
class Circle:
    """The ids of people whom somebody follows or asked to, and of those who follow them."""

    followed: Set[int] = frozenset()
    followers: Set[int] = frozenset()
    asked: Set[int] = frozenset()


def circle_among(viewer: User | None, people: Iterable[User]) -> Circle:
    """Those of `people` whom `viewer` follows or asked to, and who follow them; one statement."""
    ids = [person.id for person in people]
    if viewer is None or not ids:
        return Circle()
    there = sa.and_(Follow.follower_id == viewer.id, Follow.followed_id.in_(ids))
    back = sa.and_(Follow.followed_id == viewer.id, Follow.follower_id.in_(ids))
    rows = sa.select(Follow.follower_id, Follow.followed_id, sa.false().label("waits"))
    asked = sa.select(FollowRequest.follower_id, FollowRequest.followed_id, sa.true()).where(
        FollowRequest.follower_id == viewer.id,
        FollowRequest.followed_id.in_(ids),
        FollowRequest.answered_at.is_(None),
    )
    pairs = db.session.execute(rows.where(sa.or_(there, back)).union_all(asked)).all()
    return Circle(
        frozenset(to for by, to, waits in pairs if by == viewer.id and not waits),
        frozenset(by for by, to, _ in pairs if to == viewer.id),
        frozenset(to for _, to, waits in pairs if waits),
    )


@dataclass(frozen=True)
class Relationship:
    """How somebody relates to another person whom they see.

    `shows_reposts` and `shows_replies`: what their home has of whom they follow.
    """

    is_following: bool = False
    is_follower: bool = False
    is_muting: bool = False
    has_asked: bool = False
    shows_reposts: bool = False
    shows_replies: bool = False


def relationship(viewer: User, other: User) -> Relationship:
    """How `viewer` relates to `other`; one statement."""
    there = sa.select(Follow.id).where(
        Follow.follower_id == viewer.id, Follow.followed_id == other.id
    )
    shown = (there.where(column) for column in (Follow.shows_reposts, Follow.shows_replies))
    back = sa.select(Follow.id).where(
        Follow.follower_id == other.id, Follow.followed_id == viewer.id
    )
    muted = Mute.ids_muted_by(viewer, utcnow()).where(Mute.muted_id == other.id)
    asked = FollowRequest.between(viewer, other).with_only_columns(FollowRequest.id)
    rows = (there, back, muted, asked, *shown)
    ids = sa.select(*(row.scalar_subquery() for row in rows))
    return Relationship(*(row_id is not None for row_id in db.session.execute(ids).one()))


def _is_listed_for(viewer: User | None) -> sa.ColumnElement[bool]:
    """The condition on a person to be listed for `viewer` among those who follow or are followed.

    Nobody is listed before others may know of them, not even for themselves.
    """
    is_listed = User.visibility_clause(None)
    return sa.and_(is_listed, ~Block.stands_between(viewer, User.id)) if viewer else is_listed


def _numbered_page(
    person_id: sa.SQLColumnExpression[int],
    owner_id: sa.SQLColumnExpression[int],
    owner: User,
    viewer: User | None,
    limit: int,
    offset: int,
) -> list[User]:
    """The people of one page. Those before it are skipped in the index, without reading them."""
    page: sa.Select[int, int] = sa.select(Follow.id, person_id.label("person_id"))
    page = page.where(person_id.not_in(User.hidden_ids(viewer)))
    rows = Cursor(limit).along(page, owner_id, owner.id, Follow.id).offset(offset).subquery()
    people = User.visible_to(None).join(rows, rows.c.person_id == User.id)
    return list(db.session.scalars(people.order_by(rows.c.id.desc())))
