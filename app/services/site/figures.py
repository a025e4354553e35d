"""Figures of each day in UTC: counted by a job, kept for two years, shown as charts.

To add one, write what counts it and add a Kind to KINDS; its words are in app/web/charts.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa

from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.models import DailyFigure, Post, Report, Session, User

# How many days charts show, and how many are counted for a site that has not counted before.
DAYS = 90
KEPT_DAYS = 730
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Kind:
    """One kind of figure.

    `count` takes the moments between which a day lies. A figure that cannot be counted afterward
    `grows` during the day, and the largest is kept. `is_level`: a state at the end of the day, not
    a sum of what happened.
    """

    name: str
    count: Callable[[datetime, datetime], int]
    grows: bool = False
    is_level: bool = False


def _active(start: datetime, end: datetime) -> int:
    """People with a session that was last used that day; by the next day it may be used again."""
    was_used = (Session.last_used_at >= start, Session.last_used_at < end)
    people = sa.select(sa.func.count(Session.user_id.distinct())).where(*was_used)
    return db.session.scalars(people).one()


def _posts(start: datetime, end: datetime) -> int:
    """Posts of that day that are not deleted, without reposts.

    Found by their ids, which grow with time.
    """
    first, beyond = _first_post_since(start), _first_post_since(end)
    rows = sa.select(sa.func.count()).where(Post.id >= first, Post.id < beyond)
    said = rows.where(Post.deleted_at.is_(None), Post.repost_of_id.is_(None))
    return db.session.scalars(said).one()


def _first_post_since(at: datetime) -> int:
    """The id from which on posts are not older than `at`: a few short looks, whatever there is."""
    low, high = 1, (db.session.scalar(sa.select(sa.func.max(Post.id))) or 0) + 1
    while low < high:
        middle = (low + high) // 2
        following = sa.select(Post.id, Post.created_at).where(Post.id >= middle)
        row = db.session.execute(following.order_by(Post.id).limit(1)).one_or_none()
        if row is None or row.created_at >= at:
            high = middle
        else:
            low = row.id + 1
    return low


def _members(_start: datetime, end: datetime) -> int:
    """Open accounts at the end of that day. Those erased since cannot be counted."""
    was_open = sa.or_(User.closed_at.is_(None), User.closed_at >= end)
    rows = sa.select(sa.func.count()).where(User.created_at < end, User.applied_at.is_(None))
    return db.session.scalars(rows.where(was_open)).one()


def _new_members(start: datetime, end: datetime) -> int:
    joined = (User.created_at >= start, User.created_at < end, User.applied_at.is_(None))
    return db.session.scalars(sa.select(sa.func.count()).where(*joined)).one()


def _reports(start: datetime, end: datetime) -> int:
    made = (Report.created_at >= start, Report.created_at < end, Report.reporter_id.is_not(None))
    return db.session.scalars(sa.select(sa.func.count()).where(*made)).one()


KINDS = (
    Kind("active", _active, grows=True),
    Kind("posts", _posts),
    Kind("members", _members, is_level=True),
    Kind("new_members", _new_members),
    Kind("reports", _reports),
)


def today() -> date:
    return utcnow().date()


def record() -> Iterator[date]:
    """Count what is missing, day by day, and what still grows. Yields each day once it is counted.

    The first time it goes back over DAYS, or to when the first person came.
    """
    now = today()
    for kind in KINDS:
        if kind.grows:
            for day in (now - DAY, now):
                _keep(day, kind, _counted(kind, day))
    yield now
    for day, kinds in _missing(now).items():
        for kind in kinds:
            _keep(day, kind, _counted(kind, day))
        yield day


def _counted(kind: Kind, day: date) -> int:
    start = datetime.combine(day, time.min, UTC)
    return kind.count(start, start + DAY)


def _missing(now: date) -> dict[date, list[Kind]]:
    """What can still be counted of the days before today, oldest first."""
    first_at = db.session.scalar(sa.select(sa.func.min(User.created_at)))
    if first_at is None:
        return {}
    oldest = max(first_at.date(), now - DAYS * DAY)
    known = sa.select(DailyFigure.day, DailyFigure.kind).where(DailyFigure.day >= oldest)
    counted = {(row.day, row.kind) for row in db.session.execute(known)}
    days = [oldest + number * DAY for number in range((now - oldest).days)]
    lacking = {
        day: [kind for kind in KINDS if not kind.grows and (day, kind.name) not in counted]
        for day in days
    }
    return {day: kinds for day, kinds in lacking.items() if kinds}


def _keep(day: date, kind: Kind, value: int) -> None:
    """Store it; of a figure that grows, the largest. Two workers at once do no harm."""
    row = insert(DailyFigure).values(day=day, kind=kind.name, value=value)
    key = [DailyFigure.day, DailyFigure.kind]
    is_more = DailyFigure.value < value
    db.session.execute(
        row.on_conflict_do_update(index_elements=key, set_={"value": value}, where=is_more)
    )


@dataclass(frozen=True)
class Series:
    """The figures of one kind, a day each; None where none was counted."""

    kind: Kind
    days: Sequence[date]
    values: Sequence[int | None]


def series() -> list[Series]:
    """What charts show: DAYS days before today, of every kind, in one statement."""
    now = today()
    days = [now - number * DAY for number in range(DAYS, 0, -1)]
    columns = (DailyFigure.day, DailyFigure.kind, DailyFigure.value)
    rows = sa.select(*columns).where(DailyFigure.day >= days[0], DailyFigure.day < now)
    found = {(row.day, row.kind): row.value for row in db.session.execute(rows)}
    return [Series(kind, days, [found.get((day, kind.name)) for day in days]) for kind in KINDS]


def purge() -> int:
    """Delete figures of more than two years ago. Returns how many."""
    old = sa.delete(DailyFigure).where(DailyFigure.day < today() - KEPT_DAYS * DAY)
    return len(db.session.scalars(old.returning(DailyFigure.day)).all())
