"""Counts and roles where the databases differ: locks, and two commands at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Event

import pytest
import sqlalchemy as sa
from flask import Flask

from app import db
from app.lib.dates import utcnow
from app.models import PostCount, User
from app.services.accounts import roles
from app.services.data import counters
from app.services.errors import LastAdminError
from app.services.posts import likes, reposts
from app.services.site.audit import COMMAND_LINE
from tests.support.factories import make_follow, make_post, make_user
from tests.support.servers import Postgresql
from tests.support.sites import open_site


@pytest.fixture
def site(any_database: str, tmp_path: Path) -> Iterator[Flask]:
    with open_site(tmp_path, DATABASE_URL=any_database) as app:
        yield app


@pytest.mark.usefixtures("site")
def test_everybodys_counts_are_put_right() -> None:
    ana, ben = make_user("ana"), make_user("ben")
    make_post(ana)
    make_follow(ana, ben)
    ana.posts_count, ana.following_count, ben.followers_count = 5, 5, 5
    db.session.commit()
    assert counters.recount() == 2
    db.session.commit()
    db.session.expire_all()
    assert (ana.posts_count, ana.following_count, ben.followers_count) == (1, 1, 1)
    assert counters.recount() == 0


@pytest.mark.usefixtures("site")
def test_the_day_of_the_last_public_post_is_put_right() -> None:
    ana, ben = make_user("ana"), make_user("ben")
    # On that day in UTC, whatever day it was elsewhere.
    written_at = datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)
    make_post(ana, created_at=written_at)
    make_post(ana, "Gone", deleted_at=utcnow())
    make_post(ana, "For few", visibility="followers")
    make_post(ana, "Hidden", hidden_at=utcnow())
    make_post(ben, "Gone", deleted_at=utcnow())
    db.session.expire_all()
    assert ana.last_posted_on == utcnow().date()
    ana.posts_count, ben.posts_count = 3, 0
    db.session.commit()
    assert counters.recount() == 2
    db.session.commit()
    db.session.expire_all()
    assert (ana.last_posted_on, ben.last_posted_on) == (date(2026, 3, 1), None)
    assert counters.recount() == 0


@pytest.mark.usefixtures("site")
def test_numbers_below_posts_are_put_right_whether_wrong_or_missing() -> None:
    ana, ben = make_user("ana"), make_user("ben")
    liked, unliked, unknown = make_post(ana), make_post(ana), make_post(ana)
    for post in (liked, unknown):
        likes.like(ben, post)
        reposts.repost(ben, post)
    make_post(ben, reply_to=unknown)
    db.session.add(PostCount(post_id=unliked.id, replies_count=2, likes_count=1))
    db.session.execute(sa.update(PostCount).values(likes_count=7))
    db.session.execute(sa.delete(PostCount).where(PostCount.post_id == unknown.id))
    db.session.commit()
    counters.recount()
    db.session.commit()
    db.session.expire_all()
    numbers = sa.select(*(PostCount.__table__.columns)).order_by(PostCount.post_id)
    assert db.session.execute(numbers).all() == [
        (liked.id, 0, 1, 1),
        (unliked.id, 0, 0, 0),
        (unknown.id, 1, 1, 1),
    ]


@pytest.mark.server
def test_a_large_site_has_the_time_that_it_takes(postgresql: Postgresql, tmp_path: Path) -> None:
    limit = sa.text("SHOW statement_timeout")
    with open_site(tmp_path, DATABASE_URL=postgresql.new_database()):
        for count in (counters.recount, counters.recount_posts):
            count()
            assert db.session.scalar(limit) == "0"
            db.session.commit()
            assert db.session.scalar(limit) == "5s"


def test_of_two_administrators_who_step_down_at_once_one_stays(site: Flask) -> None:
    for name in ("ana", "ben"):
        make_user(name, role="administrator")
    db.session.commit()
    has_stepped, may_commit = Event(), Event()

    def step_down(name: str, *, is_first: bool) -> bool:
        with site.app_context():
            try:
                member = roles.named("member")
                assert member is not None
                user = db.session.scalars(User.named(name)).one()
                roles.give(user, member, COMMAND_LINE)
            except LastAdminError:
                return False
            if is_first:
                has_stepped.set()
                may_commit.wait(5)
            db.session.commit()
            return True

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(step_down, "ana", is_first=True)
        assert has_stepped.wait(5)
        second = pool.submit(step_down, "ben", is_first=False)
        # The second one waits for what the first one will have done.
        assert not second.done()
        may_commit.set()
        assert (first.result(5), second.result(5)) == (True, False)
