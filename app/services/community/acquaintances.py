"""Who of those that somebody follows follows others: "Followed by Ben and Cleo".

Drawn from the last hundred that they follow, the friends, and never through people who hide their
lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.extensions import db
from app.lib.dates import utcnow
from app.models import Follow, Mute, User

# How many of the followed are asked, and how many are named.
ASKED_MAX = 100
NAMED_MAX = 2
# How many of those whom each friend follows are looked at, and how many of all are found.
FOLLOWS_READ = 100
FOUND_MAX = 200


@dataclass(frozen=True)
class Acquaintances:
    """The names of a few who follow a person, and how many do."""

    names: tuple[str, ...]
    count: int

    @property
    def others_count(self) -> int:
        return self.count - len(self.names)


def of(viewer: User | None, people: Iterable[User]) -> Mapping[int, Acquaintances]:
    """For each of `people`, by id, who of those that `viewer` follows follows them."""
    ids = [one.id for one in people if not one.hides_follows]
    if viewer is None or not viewer.following_count or not ids:
        return {}
    found: dict[int, list[str]] = {}
    counts: dict[int, int] = {}
    for person_id, username, display_name, count in db.session.execute(_rows(viewer, ids)):
        found.setdefault(person_id, []).append(display_name or username)
        counts[person_id] = count
    return {one: Acquaintances(tuple(names), counts[one]) for one, names in found.items()}


def found_through(viewer: User) -> sa.Select[int, int]:
    """The ids of people whom friends of `viewer` follow and `viewer` does not, and how many do.

    The FOUND_MAX whom most follow, of the last FOLLOWS_READ of each friend: some follow everybody.
    """
    friend = _friends(viewer)
    own = sa.select(Follow.id, Follow.followed_id).where(Follow.follower_id == friend.c.id)
    own = own.order_by(Follow.id.desc())
    if db.engine.dialect.name == "postgresql":
        read = own.limit(FOLLOWS_READ).lateral()
        follows = friend.join(read, sa.true())
        person_id: sa.SQLColumnExpression[int] = read.c.followed_id
    else:
        # Without LATERAL: those from the last one to read on.
        later = aliased(Follow)
        last = own.with_only_columns(Follow.id).offset(FOLLOWS_READ - 1).limit(1).scalar_subquery()
        is_read = later.id >= sa.func.coalesce(last, 0)
        # An outer join, since SQLite never changes its order.
        follows = friend.outerjoin(later, sa.and_(later.follower_id == friend.c.id, is_read))
        person_id = later.followed_id
    count = sa.func.count().label("count")
    people: sa.Select[int, int] = sa.select(person_id.label("id"), count).select_from(follows)
    is_new = ~_is_following(viewer.id, person_id) & (person_id != viewer.id)
    people = people.group_by(person_id).having(is_new)
    return people.order_by(count.desc(), person_id.desc()).limit(FOUND_MAX)


def _friends(viewer: User) -> sa.Subquery:
    """The ids and names of those who are asked."""
    followed = sa.select(Follow.followed_id).where(Follow.follower_id == viewer.id)
    asked = followed.order_by(Follow.id.desc()).limit(ASKED_MAX).subquery()
    friends = sa.select(User.id, User.username, User.display_name)
    friends = friends.join(asked, asked.c.followed_id == User.id).where(
        ~User.hides_follows,
        User.presence_clause(),
        User.id.not_in(Mute.ids_muted_by(viewer, utcnow())),
    )
    return friends.subquery("friend")


def _is_following(
    follower_id: int | sa.ColumnElement[int], followed_id: sa.SQLColumnExpression[int]
) -> sa.ColumnElement[bool]:
    """A pair is looked up by itself: some are followed by everybody."""
    pair = sa.select(sa.literal(1)).where(
        Follow.follower_id == follower_id, Follow.followed_id == followed_id
    )
    return sa.func.coalesce(pair.scalar_subquery(), 0) == 1


def _rows(viewer: User, ids: list[int]) -> sa.Select[int, str, str, int]:
    """In rows of a person, a name and how many follow that person."""
    friend, person = _friends(viewer), aliased(User)
    place = sa.func.row_number().over(partition_by=person.id, order_by=friend.c.id)
    ranked = (
        sa.select(
            person.id.label("person_id"),
            friend.c.username,
            friend.c.display_name,
            sa.func.count().over(partition_by=person.id).label("count"),
            place.label("place"),
        )
        .select_from(friend)
        .join(person, person.id.in_(ids))
        .where(person.id != viewer.id, _is_following(friend.c.id, person.id))
        .subquery()
    )
    named = ranked.c.place <= NAMED_MAX
    columns = (ranked.c.person_id, ranked.c.username, ranked.c.display_name, ranked.c.count)
    return sa.select(*columns).where(named).order_by(ranked.c.person_id, ranked.c.place)
