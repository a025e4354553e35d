"""Searching: what a request looks for, and pages that are full whatever the engine knows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from app import db
from app.backends.search import WINDOW
from app.database.cursor import Cursor
from app.lib.dates import utcnow
from app.lib.search.query import ParsedQuery, parse_query
from app.models import User
from app.services.posts import posts, searches
from app.services.posts.searches import SearchRequest
from tests.support.factories import make_post, make_user
from tests.support.memory_search import MemorySearch
from tests.support.searching import UTC_ZONE, settle

TOKYO = ZoneInfo("Asia/Tokyo")


def for_posts(text: str, viewer: User | None = None) -> SearchRequest:
    return searches.for_posts(parse_query(text), viewer, UTC_ZONE)


@pytest.fixture
def engine(app, monkeypatch) -> MemorySearch:
    """An engine that is told of no deletion, since nobody syncs it."""
    engine = MemorySearch()
    engine.use_in(app, monkeypatch)
    monkeypatch.setattr("tests.support.searching.refresh", lambda: None)
    return engine


@pytest.fixture
def found(engine, ana) -> list[int]:
    """The ids of the thirty posts that may be seen, rising, of seventy that are indexed."""
    written = [make_post(ana, "Words") for _ in range(70)]
    settle()
    hidden = [post for n, post in enumerate(written) if n % 7 not in (1, 3, 6)]
    for post in hidden:
        posts.delete(post)
    db.session.commit()
    return [post.id for post in written if post not in hidden]


def walk(cursor: Cursor) -> list[list[int]]:
    """The pages from `cursor` on, each beginning where the one before it ended."""
    pages = []
    while page := [post.id for post in searches.newest_posts(for_posts("words"), cursor)]:
        pages.append(page)
        cursor = cursor.beyond(page[-1])
    return pages


@pytest.mark.parametrize("text", ["", "  ", "from:nobody", "from:nobody words"])
def test_what_could_find_nothing_is_not_asked(engine, ana, text):
    request = for_posts(text)
    assert request.query is None
    assert searches.newest_posts(request, Cursor(10)) == searches.best_posts(request) == []
    assert engine.asked == []


def test_days_begin_at_midnight_where_the_reader_is(app):
    query = ParsedQuery("", after=date(2026, 3, 1), before=date(2026, 3, 2))
    sought = searches.for_posts(query, None, TOKYO).query
    assert sought.since == datetime(2026, 2, 28, 15, tzinfo=UTC)
    assert sought.until == datetime(2026, 3, 1, 15, tzinfo=UTC)
    ends = ParsedQuery("", after=date.min, before=date.max)
    assert searches.for_posts(ends, None, TOKYO).query.since == datetime.min.replace(tzinfo=UTC)


def test_loaded_rows_keep_the_order_of_their_ids_and_leave_out_what_is_gone(ana, ben):
    first, second, deleted = (make_post(ana) for _ in range(3))
    posts.delete(deleted)
    ids = [second.id, deleted.id, first.id, 10**9]
    assert searches.posts_by_id(ids, None) == [second, first]
    assert searches.people_by_id([ben.id, ana.id], None) == [ben, ana]
    ben.closed_at = utcnow()
    db.session.flush()
    assert searches.people_by_id([ben.id, ana.id], None) == [ana]


def test_a_page_is_full_while_there_are_visible_rows(found):
    assert walk(Cursor(10)) == [found[:-11:-1], found[-11:-21:-1], found[-21::-1]]
    assert walk(Cursor(10, after=0)) == [found[:10], found[10:20], found[20:]]
    assert walk(Cursor(26)) == [found[:-27:-1], found[3::-1]]


def test_a_page_after_an_id_holds_the_rows_right_after_it(found):
    page = searches.newest_posts(for_posts("words"), Cursor(3, after=found[4]))
    assert [post.id for post in page] == found[5:8]
    assert searches.newest_posts(for_posts("words"), Cursor(3, after=found[-1])) == []


def test_each_further_request_begins_where_the_last_one_ended_and_asks_for_more(engine, found):
    searches.newest_posts(for_posts("words"), Cursor(10))
    assert [cursor.limit for cursor in engine.asked] == [10, 20]
    engine.asked.clear()
    searches.newest_posts(for_posts("words"), Cursor(400))
    # Fewer than it was asked for: there are no more.
    assert [cursor.limit for cursor in engine.asked] == [400]
    assert WINDOW >= 400


def test_the_best_are_those_of_the_engine_that_may_be_seen(engine, found):
    request = for_posts("words")
    assert searches.best_posts(request) == found[::-1]
    assert len(engine.search_by_relevance(request.query)) == 70


def test_people_who_left_do_not_shorten_a_page(engine, app):
    people = [make_user(display_name="Baker") for _ in range(12)]
    settle()
    for person in people[::2]:
        person.closed_at = utcnow()
    db.session.commit()
    request = searches.for_people(parse_query("baker"), None)
    here = [person.id for person in people[:0:-2]]
    assert [one.id for one in searches.newest_people(request, Cursor(5))] == here[:5]
    assert searches.best_people(request) == here
