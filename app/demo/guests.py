"""The real members of the site: sample people follow them, and mention them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.demo.network import DemoNetwork
from app.extensions import db
from app.models import Follow, User
from app.models.accounts.role import ADMINISTRATOR_ID

GUESTS_MAX = 5
FOLLOWERS_MAX = 12


@dataclass
class Guest:
    """A real member, and the sample people who follow them."""

    id: int
    username: str
    language: str | None
    joined_at: datetime
    followers: list[int] = field(default_factory=list)


def find() -> list[Guest]:
    """A few of the members who are here already, administrators first; the oldest comes first."""
    # Those of an earlier demo share one hash, and nobody else shares theirs.
    is_own = sa.func.count() == 1
    own = sa.select(User.password_hash).group_by(User.password_hash).having(is_own)
    people = User.visible_to(None).where(User.password_hash.in_(own))
    chosen = people.order_by(sa.case((User.role_id == ADMINISTRATOR_ID, 0), else_=1), User.id)
    guests = [
        Guest(user.id, user.username, user.language, user.created_at)
        for user in db.session.scalars(chosen.limit(GUESTS_MAX))
    ]
    return sorted(guests, key=lambda guest: guest.joined_at)


def choose_followers(network: DemoNetwork, guests: list[Guest]) -> Counter[int]:
    """Decide who follows the guests. Returns how many of them each sample person follows."""
    spoken = {language.code: number for number, language in enumerate(network.languages)}
    for guest in guests:
        speakers = network.speakers[spoken.get(guest.language or "en", 0)]
        speakers = speakers or list(range(len(network.spoken)))
        count = min(FOLLOWERS_MAX, len(speakers))
        guest.followers = network.rng.sample(speakers, count)
    return Counter(follower for guest in guests for follower in guest.followers)


def add_follows(network: DemoNetwork, guests: list[Guest], since: datetime) -> int:
    """Follow the guests, after `since` and after they joined. Returns the number of follows."""
    rows = []
    for guest in guests:
        start = max(since, guest.joined_at)
        step = max(network.now - start, timedelta()) / (len(guest.followers) + 1)
        rows += [
            {
                "follower_id": network.ids[follower],
                "followed_id": guest.id,
                "created_at": start + step * (place + 1),
            }
            for place, follower in enumerate(guest.followers)
        ]
    if rows:
        rows.sort(key=lambda row: (row["created_at"], row["follower_id"]))
        db.session.execute(sa.insert(Follow), rows)
        _count({guest.id: len(guest.followers) for guest in guests})
    return len(rows)


def _count(new: Mapping[int, int]) -> None:
    person = sa.update(User).where(User.id == sa.bindparam("person"))
    counted = person.values(followers_count=User.followers_count + sa.bindparam("step"))
    # In the order of ids, so that concurrent writers cannot deadlock.
    rows = [{"person": id_, "step": new[id_]} for id_ in sorted(new)]
    db.session.connection().execute(counted, rows)
