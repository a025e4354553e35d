"""Who of those that somebody follows follows others: "Followed by Ben and Cleo".

Drawn from the last hundred that they follow, and never through people who hide their lists.
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


def _rows(viewer: User, ids: list[int]) -> sa.Select[int, str, str, int]:
    """In rows of a person, a name and how many follow that person."""
    followed = sa.select(Follow.followed_id).where(Follow.follower_id == viewer.id)
    asked = followed.order_by(Follow.id.desc()).limit(ASKED_MAX).subquery()
    friend, person = aliased(User), aliased(User)
    # A pair is looked up by itself: some are followed by everybody.
    pair = sa.select(sa.literal(1)).where(
        Follow.follower_id == friend.id, Follow.followed_id == person.id
    )
    is_following = sa.func.coalesce(pair.scalar_subquery(), 0) == 1
    place = sa.func.row_number().over(partition_by=person.id, order_by=friend.id)
    ranked = (
        sa.select(
            person.id.label("person_id"),
            friend.username,
            friend.display_name,
            sa.func.count().over(partition_by=person.id).label("count"),
            place.label("place"),
        )
        .select_from(asked)
        .join(friend, friend.id == asked.c.followed_id)
        .join(person, person.id.in_(ids))
        .where(
            ~friend.hides_follows,
            friend.closed_at.is_(None),
            friend.suspended_until.is_(None),
            friend.id.not_in(Mute.ids_muted_by(viewer, utcnow())),
            person.id != viewer.id,
            is_following,
        )
        .subquery()
    )
    named = ranked.c.place <= NAMED_MAX
    columns = (ranked.c.person_id, ranked.c.username, ranked.c.display_name, ranked.c.count)
    return sa.select(*columns).where(named).order_by(ranked.c.person_id, ranked.c.place)
