"""Lists of who follows whom, below the pages that show them."""

from __future__ import annotations

from app import db
from app.database.cursor import Cursor
from app.lib.dates import utcnow
from app.services.community import follows
from tests.support.factories import make_follow, make_user
from tests.support.pages import counted_statements


def test_lists_are_in_the_order_of_following_and_skip_who_left(ana, ben, cleo):
    for person in (ben, cleo):
        make_follow(person, ana)
        make_follow(ana, person)
    cleo.closed_at = utcnow()
    db.session.commit()
    assert [row.follower.username for row in follows.followers_of(ana, None, Cursor(9))] == ["ben"]
    assert [row.followed.username for row in follows.followed_by(ana, None, Cursor(9))] == ["ben"]


def test_a_list_costs_one_statement_with_its_people(ana):
    for _ in range(10):
        make_follow(make_user(), ana)
    with counted_statements() as ran:
        rows = follows.followers_of(ana, None, Cursor(5))
        assert len([row.follower.username for row in rows]) == 5
    assert len(ran) == 1


def test_cursors_go_both_ways(ana):
    for _ in range(6):
        make_follow(make_user(), ana)
    ids = [row.id for row in follows.followers_of(ana, None, Cursor(9))]
    assert ids == sorted(ids, reverse=True)
    assert [row.id for row in follows.followers_of(ana, None, Cursor(2, before=ids[1]))] == ids[2:4]
    assert [row.id for row in follows.followers_of(ana, None, Cursor(2, after=ids[4]))] == [
        ids[3],
        ids[2],
    ]


def test_whom_somebody_follows_among_some_people(ana, ben, cleo):
    make_follow(ana, ben)
    assert follows.circle_among(ana, [ana, ben, cleo]).followed == {ben.id}
    assert follows.circle_among(ana, []).followed == set()
