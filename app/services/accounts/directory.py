"""The directory of people: who is here, whom a new member could follow, and how many there are."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app

from app.database.cursor import Cursor
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Follow, FollowRequest, Mute, Post, User
from app.models.base import Id
from app.models.posts.readers import visibility_clause
from app.services.community import acquaintances
from app.services.community.acquaintances import Acquaintances

Place = sa.ColumnElement[Any]

# Suggestions are chosen among this many of the most followed people.
CANDIDATES = 40
# How many people are shown who are followed by people one follows.
FOLLOWED_MAX = 30
RECENTLY = timedelta(days=30)
TOTALS_SECONDS = 600
# So few are counted in a moment, and whoever joins them looks whether it shows.
FEW_PEOPLE = 200


@dataclass(frozen=True)
class Totals:
    """How many people and posts the site has; where many are, as of some minutes ago at most."""

    people: int
    posts: int


def newest(viewer: User | None, cursor: Cursor) -> list[User]:
    """A page of the people whom lists show `viewer`; who joined last comes first."""
    return list(db.session.scalars(cursor.apply(User.listed_for(viewer), User.id)))


def active(viewer: User | None, cursor: Cursor, day: date | None = None) -> list[User]:
    """A page of those of them who have posted for everybody; by the day, the last one first.

    The cursor names the person where the last page ended; `day` is the one that they were listed
    by, since they may have left or posted meanwhile.
    """
    place = sa.tuple_(User.last_posted_on, User.id)
    people = User.listed_for(viewer).where(User.last_posted_on.is_not(None)).limit(cursor.limit)
    if cursor.after is not None:
        people = people.where(place > _day_of(cursor.after, day, viewer))
        people = people.order_by(User.last_posted_on, User.id)
    else:
        if cursor.before is not None:
            people = people.where(place < _day_of(cursor.before, day, viewer))
        people = people.order_by(User.last_posted_on.desc(), User.id.desc())
    return list(db.session.scalars(people))


def by_name(viewer: User | None, cursor: Cursor, name_key: str | None = None) -> list[User]:
    """A page of the same people by their names, A first.

    The cursor names the person where the last page ended: `before` asks for those behind them,
    `after` for those in front of them, the nearest first. `name_key` is what that person was
    listed by, since they may have left or changed their name meanwhile.
    """
    place = sa.tuple_(User.name_key, User.id)
    people = User.listed_for(viewer).limit(cursor.limit)
    if cursor.after is not None:
        people = people.where(place < _place_of(cursor.after, name_key, viewer))
        people = people.order_by(User.name_key.desc(), User.id.desc())
    else:
        if cursor.before is not None:
            people = people.where(place > _place_of(cursor.before, name_key, viewer))
        people = people.order_by(User.name_key, User.id)
    return list(db.session.scalars(people))


def followed(viewer: User) -> tuple[list[User], Mapping[int, Acquaintances]]:
    """At most FOLLOWED_MAX people whom friends of `viewer` follow, and who of these, by their ids.

    Whom most friends follow comes first. Nobody whom `viewer` follows or mutes, or who hides who
    follows them.
    """
    found = acquaintances.found_through(viewer).subquery()
    people = User.listed_for(viewer).join(found, found.c.id == User.id)
    people = people.where(~User.hides_follows, *_is_new_to(viewer))
    people = people.order_by(found.c.count.desc(), User.id.desc()).limit(FOLLOWED_MAX)
    shown = db.session.scalars(people).all()
    who = acquaintances.of(viewer, shown)
    # Of each friend only the last follows were read, but all of them count.
    shown = sorted((one for one in shown if one.id in who), key=lambda one: -who[one.id].count)
    return shown, who


def suggestions(viewer: User | None, limit: int) -> list[User]:
    """People whom `viewer` neither follows nor mutes: much followed, with a post of late first."""
    most_followed = User.followers_count.desc(), User.id.desc()
    leading = User.listed_for(viewer).with_only_columns(User.id)
    leading = leading.order_by(*most_followed).limit(CANDIDATES)
    last_post = (
        sa.select(Post.created_at)
        .where(Post.author_id == User.id, visibility_clause(Post, None))
        .order_by(Post.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    is_active = sa.func.coalesce(last_post > utcnow() - RECENTLY, sa.false())
    people = sa.select(User).where(User.id.in_(leading))
    if viewer is not None:
        pair = (Follow.follower_id == viewer.id, Follow.followed_id == User.id)
        people = people.where(User.id != viewer.id, ~sa.exists().where(*pair), *_is_new_to(viewer))
    people = people.order_by(is_active.desc(), *most_followed).limit(limit)
    return list(db.session.scalars(people))


def totals() -> Totals:
    """The totals that every visitor may know.

    Where many people are, each process counts them again only after a while.
    """
    known: tuple[float, Totals] | None = current_app.extensions.get("totals")
    if known is None or known[0] <= time.monotonic():
        counts = sa.func.count(), sa.func.coalesce(sa.func.sum(User.posts_count), 0)
        # Of the people alone: their counters are kept, so no post is read.
        people, posts = db.session.execute(User.visible_to(None).with_only_columns(*counts)).one()
        seconds = TOTALS_SECONDS if people > FEW_PEOPLE else 0
        known = time.monotonic() + seconds, Totals(people, int(posts))
        current_app.extensions["totals"] = known
    return known[1]


def _is_new_to(viewer: User) -> tuple[sa.ColumnElement[bool], ...]:
    """The conditions that `viewer` has not asked to follow somebody, and does not mute them."""
    asked = FollowRequest.follower_id == viewer.id, FollowRequest.followed_id == User.id
    return ~sa.exists().where(*asked), User.id.not_in(Mute.ids_muted_by(viewer, utcnow()))


def _place_of(person_id: int, name_key: str | None, viewer: User | None) -> Place:
    if name_key is not None:
        return sa.tuple_(name_key, person_id)
    return _looked_up(User.name_key, person_id, viewer)


def _day_of(person_id: int, day: date | None, viewer: User | None) -> Place:
    if day is not None:
        return sa.tuple_(sa.literal(day, sa.Date), sa.literal(person_id, Id))
    return _looked_up(User.last_posted_on, person_id, viewer)


def _looked_up(
    column: sa.SQLColumnExpression[Any], person_id: int, viewer: User | None
) -> sa.ScalarSelect[Any]:
    """Of those alone whom the list shows; else it would tell where somebody hidden is."""
    place = User.listed_for(viewer).where(User.id == person_id)
    return place.with_only_columns(column, User.id).scalar_subquery()
