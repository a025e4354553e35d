"""Figures of each day: what is counted, once and for all or as long as it grows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from app import db
from app.models import DailyFigure, Session, User
from app.services.accounts import sessions
from app.services.posts import posts, reposts
from app.services.site import figures
from tests.support.factories import make_post, make_user
from tests.support.pages import counted_statements

TODAY = date(2026, 11, 29)
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
DAY = figures.DAY


@pytest.fixture(autouse=True)
def clock(app) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def stored(kind: str) -> dict[int, int]:
    """The figures by how many days ago they are."""
    rows = db.session.scalars(sa.select(DailyFigure).where(DailyFigure.kind == kind))
    return {(TODAY - row.day).days: row.value for row in rows if row.value}


def count() -> list[date]:
    db.session.expire_all()
    return list(figures.record())


def use(person: User, at: datetime) -> Session:
    with time_machine.travel(at, tick=False):
        session, _ = sessions.start(person)
    db.session.flush()
    return session


def test_reposts_are_no_posts(clock) -> None:
    ana, ben = make_user("ana"), make_user("ben")
    post = make_post(ana)
    reposts.repost(ben, post)
    db.session.commit()
    clock.shift(DAY)
    count()
    assert stored("posts") == {0: 1}


def test_the_days_before_the_first_count_are_counted_once() -> None:
    ana = make_user("ana", created_at=NOON - 400 * DAY)
    make_user("ben", created_at=NOON - 2 * DAY)
    make_user("cleo", created_at=NOON - 3 * DAY, closed_at=NOON - DAY)
    make_user("dora", created_at=NOON - DAY, applied_at=NOON - DAY)
    for hours in (60, 30, 25, 24, 0):
        make_post(ana, created_at=NOON - timedelta(hours=hours))
    assert len(count()) == 1 + figures.DAYS
    assert stored("new_members") == {2: 1, 3: 1}
    members = stored("members")
    assert [members[days] for days in (90, 4, 3, 2, 1)] == [1, 1, 2, 3, 2]
    # Nothing of today: it is not over.
    assert stored("posts") == {1: 3, 2: 1}
    with counted_statements() as ran:
        assert count() == [TODAY]
    assert len(ran) <= 6, ran


def test_a_day_is_counted_once_it_is_over_also_after_a_break(clock) -> None:
    ana = make_user("ana", created_at=NOON)
    make_post(ana, created_at=NOON)
    assert count() == [TODAY]
    assert stored("posts") == {}
    clock.move_to(NOON + 3 * DAY)
    assert count() == [TODAY + 3 * DAY, TODAY, TODAY + DAY, TODAY + 2 * DAY]
    assert stored("posts") == {0: 1}


def test_deleted_posts_and_ids_that_are_gone_do_not_matter() -> None:
    ana = make_user("ana", created_at=NOON - 9 * DAY)
    written = [make_post(ana, created_at=NOON - days * DAY) for days in (5, 4, 3, 2, 2, 1, 1)]
    posts.delete(written[3])
    db.session.delete(written[0])
    db.session.delete(written[-1])
    db.session.flush()
    count()
    assert stored("posts") == {4: 1, 3: 1, 2: 1, 1: 1}


def test_who_was_active_is_remembered_when_they_come_back(clock) -> None:
    ana, ben = make_user("ana"), make_user("ben")
    phone, _laptop = use(ana, NOON - DAY), use(ana, NOON - DAY)
    use(ben, NOON - DAY)
    clock.move_to(NOON - DAY)
    count()
    phone.last_used_at = NOON
    sessions.end_all(ben)
    clock.move_to(NOON)
    count()
    assert stored("active") == {1: 2, 0: 1}


def test_an_empty_site_has_nothing_to_count() -> None:
    assert count() == [TODAY]
    assert all(set(one.values) <= {None, 0} for one in figures.series())


def test_the_series_are_ninety_days_in_one_statement() -> None:
    db.session.add(DailyFigure(day=TODAY - DAY, kind="posts", value=7))
    db.session.add(DailyFigure(day=TODAY - 90 * DAY, kind="posts", value=1))
    db.session.add(DailyFigure(day=TODAY, kind="posts", value=99))
    db.session.add(DailyFigure(day=TODAY - DAY, kind="of_a_later_version", value=99))
    db.session.flush()
    with counted_statements() as ran:
        series = {one.kind.name: one for one in figures.series()}
    assert len(ran) == 1
    values = series["posts"].values
    assert (len(values), values[0], values[1], values[-1]) == (90, 1, None, 7)
    assert series["posts"].days[0] == TODAY - 90 * DAY
    assert set(series["members"].values) == {None}


def test_figures_are_kept_for_two_years() -> None:
    for days in (730, 731):
        db.session.add(DailyFigure(day=TODAY - days * DAY, kind="posts", value=days))
    db.session.flush()
    assert (figures.purge(), figures.purge()) == (1, 0)
    assert stored("posts") == {730: 730}
