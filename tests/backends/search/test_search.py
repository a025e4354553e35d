"""What every search engine must do: over each database, and beside it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask

from app import db
from app.backends.search import WINDOW, SearchQuery, get_search
from app.database.cursor import Cursor
from app.lib.search.documents import BUCKET_BITS, post_text
from app.lib.search.query import parse_query
from app.models import Post, User
from app.services.accounts import accounts, users
from app.services.posts import posts, search_index, searches
from app.services.posts.composition import compose_in
from tests.support.databases import each_kind, new_url
from tests.support.factories import make_post, make_user
from tests.support.searching import find, find_people, open_told_site, rebuild, settle
from tests.support.sites import open_site


@pytest.fixture(params=each_kind("elasticsearch"))
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """A site with each engine."""
    if request.param == "elasticsearch":
        with open_told_site(tmp_path, request.getfixturevalue("elasticsearch")) as site:
            yield site
        return
    with open_site(tmp_path, DATABASE_URL=new_url(request.param, tmp_path, request)) as site:
        yield site


RELEVANCE = {
    "Café with Ana": ["cafe", "CAFÉ", "cafe\u0301", "ana café", '"with ana"', "ｃａｆｅ"],
    "Die Straße am Fluß": ["strasse", "STRASSE", "straße", "fluss"],
    "Ещё одна ёлка": ["еще", "ещё", "елка", "ОДНА"],
    "今天天气很好，我们去公园": ["好", "天气", "公园", '"我们去"', "今天 公园"],
    "東京でラーメンを食べた": ["ラーメン", "東京", "食べた", "ﾗｰﾒﾝ"],
    "오늘 서울에서 만나요": ["서울", "오늘", "만나요"],
    "Garden party 🎉 at six": ["🎉", "party 🎉", "garden", "garden six"],
    "Version 3.14 costs 1e5, see https://example.org/wiki?x=1": ["3.14", "1e5", "example.org"],
    "It is 3d-printed by user_name@host": ["3d", "printed", "user_name", "3d-printed"],
    "أهلاً وسهلاً": ["اهلا", "وسهلا"],
}
NOT_FOUND = ["caf", "ana with", '"ana with"', "公天", "ばな", "straß", "party at garden moon", "🎈"]


def test_the_relevance_set(engine: Flask) -> None:
    ana = make_user("ana")
    for body in RELEVANCE:
        make_post(ana, body)
    for body, queries in RELEVANCE.items():
        for query in queries:
            for is_best in (False, True):
                assert find(query, is_best=is_best) == [body], query
    for query in NOT_FOUND:
        # Words are all wanted, in any order; phrases stand as they are.
        expected = ["Café with Ana"] if query == "ana with" else []
        assert find(query) == expected, query


def test_operators_narrow(engine: Flask) -> None:
    ana, ben = make_user("ana"), make_user("ben")
    old = datetime(2026, 3, 1, 12, tzinfo=UTC)
    make_post(ana, "Bread rises. #oven", created_at=old)
    spanish = make_post(ben, "El pan y el horno de la casa")
    posts.edit(spanish, compose_in("es", spanish.body))
    make_post(ben, "Bread rests.", created_at=old + timedelta(days=30))
    assert find("from:ana") == find("from:@ANA bread") == ["Bread rises. #oven"]
    assert find("lang:es") == find("pan lang:es") == ["El pan y el horno de la casa"]
    assert find("#oven") == find("#OVEN bread") == ["Bread rises. #oven"]
    assert find("bread after:2026-03-02") == find("bread after:2026-03-31") == ["Bread rests."]
    assert find("bread before:2026-03-02") == ["Bread rises. #oven"]
    assert find("before:2026-03-02 after:2026-03-01") == ["Bread rises. #oven"]
    assert find("bread before:2026-03-01") == find("bread lang:es") == find("from:nobody") == []
    assert find("after:9999-12-31") == find("before:0001-01-01") == []


def test_days_are_those_of_the_reader(engine: Flask) -> None:
    make_post(make_user("ana"), "Late.", created_at=datetime(2026, 3, 1, 23, tzinfo=UTC))
    query = parse_query("late after:2026-03-02")
    settle()
    for zone, count in (("Asia/Tokyo", 1), ("America/Lima", 0)):
        request = searches.for_posts(query, None, ZoneInfo(zone))
        assert len(searches.newest_posts(request, Cursor(5))) == count


def test_what_is_gone_is_not_found(engine: Flask) -> None:
    ana, ben = make_user("ana"), make_user("ben")
    post = make_post(ana, "Bread by ana")
    make_post(ben, "Bread by ben")
    posts.delete(post)
    assert find("bread") == ["Bread by ben"]
    posts.restore(post)
    assert find("bread") == ["Bread by ben", "Bread by ana"]
    accounts.close(ben)
    assert find("bread") == ["Bread by ana"]
    assert find_people("ben") == []
    db.session.execute(sa.delete(User).where(User.id == ben.id))
    db.session.execute(sa.delete(Post))
    db.session.commit()
    assert find("bread") == []
    assert find_people("ana") == ["ana"]


def test_an_edited_post_is_found_by_its_new_words_alone(engine: Flask) -> None:
    post = make_post(make_user("ana"), "Bread and butter #oven")
    posts.edit(post, compose_in("en", "Bread and jam #jar", title="Breakfast"))
    db.session.commit()
    assert find("butter") == find("#oven") == []
    assert find("jam") == find("breakfast #jar") == ["Bread and jam #jar"]


def test_pages_by_id_meet_without_gap(engine: Flask) -> None:
    ana = make_user("ana")
    made = [make_post(ana, f"Bread number {number}").id for number in range(7)]
    wanted = SearchQuery("post", ("bread",))
    settle()
    search = get_search()
    assert search.search_by_date(wanted, Cursor(3)) == made[:3:-1]
    assert search.search_by_date(wanted, Cursor(3, before=made[4])) == made[3:0:-1]
    assert search.search_by_date(wanted, Cursor(3, after=made[1])) == made[2:5]


BUCKET = 2**BUCKET_BITS
# Among them the first and the last of a bucket, and buckets without any.
FAR_APART = [3, BUCKET - 1, BUCKET, BUCKET + 1, 4 * BUCKET + 7, 9 * BUCKET - 1, 9 * BUCKET]


def make_far_apart(author: User) -> None:
    """Posts whose ids are in many buckets, each with an hour of its own; some have the word."""
    for hour, post_id in enumerate(FAR_APART):
        for number, body in ((post_id, "Herons at the pond"), (post_id + 20, "Nothing to see")):
            text = post_text(author.id, body, None, ())
            at = datetime(2026, 3, 1, hour, tzinfo=UTC)
            values = {"body": body, "html": body, "search_text": text, "created_at": at}
            db.session.add(Post(id=number, author_id=author.id, **values))
    # Imported: written long ago, with an id of today.
    text = post_text(author.id, "Herons of old", None, ())
    values = {"body": "Herons of old", "html": "Herons of old", "search_text": text}
    old = datetime(2019, 3, 1, tzinfo=UTC)
    db.session.add(Post(id=9 * BUCKET + 5, author_id=author.id, created_at=old, **values))
    db.session.commit()
    rebuild()


def test_hits_far_apart_come_in_the_order_of_their_ids(engine: Flask) -> None:
    make_far_apart(make_user("ana"))
    search, wanted = get_search(), SearchQuery("post", ("herons",))
    imported = 9 * BUCKET + 5
    every = [*FAR_APART, imported]
    for limit in (2, 5, 50):
        assert search.search_by_date(wanted, Cursor(limit)) == every[::-1][:limit]
        for place in (1, BUCKET, BUCKET + 1, 5 * BUCKET, imported, 20 * BUCKET):
            older = [row_id for row_id in reversed(every) if row_id < place][:limit]
            newer = [row_id for row_id in every if row_id > place][:limit]
            assert search.search_by_date(wanted, Cursor(limit, before=place)) == older
            assert search.search_by_date(wanted, Cursor(limit, after=place)) == newer


def test_a_period_has_what_was_written_in_it_whatever_its_id(engine: Flask) -> None:
    make_far_apart(make_user("ana"))
    search, start = get_search(), datetime(2026, 3, 1, tzinfo=UTC)
    for terms in (("herons",), ()):
        mine = FAR_APART if terms else sorted([*FAR_APART, *(row + 20 for row in FAR_APART)])
        for hours in range(len(FAR_APART) + 1):
            edge = start + timedelta(hours=hours)
            later = SearchQuery("post", terms, since=edge)
            earlier = SearchQuery("post", terms, until=edge)
            both = SearchQuery("post", terms, since=edge, until=edge + timedelta(hours=1))
            assert search.search_by_date(later, Cursor(50)) == hour_order(mine, hours, None)
            found = search.search_by_date(earlier, Cursor(50))
            assert found == sorted([9 * BUCKET + 5, *hour_order(mine, 0, hours)], reverse=True)
            assert search.search_by_date(both, Cursor(50)) == hour_order(mine, hours, hours + 1)


def hour_order(ids: list[int], first: int, end: int | None) -> list[int]:
    """Those of `ids` written from hour `first` to hour `end`, newest first."""
    hours = FAR_APART[first:end]
    return sorted((row_id for row_id in ids if {row_id, row_id - 20} & set(hours)), reverse=True)


def test_the_best_come_first(engine: Flask) -> None:
    ana = make_user("ana")
    for body in ("Bread, bread!", "We talked about bread for a while", "Bread and some more words"):
        make_post(ana, body)
    assert find("bread", is_best=True)[0] == "Bread, bread!"
    assert find("bread", is_best=True)[-1] == "We talked about bread for a while"


def test_the_best_are_chosen_among_the_newest(
    engine: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert WINDOW >= 100
    for module in ("database", "elasticsearch"):
        monkeypatch.setattr(f"app.backends.search.{module}.WINDOW", 2)
    ana = make_user("ana")
    for body in ("Bread.", "Bread and a few words", "Bread and another few words"):
        make_post(ana, body)
    found = find("bread", is_best=True)
    assert sorted(found) == ["Bread and a few words", "Bread and another few words"]


def test_people_are_found_by_names_first(engine: Flask) -> None:
    users_made = [
        make_user("ben", about_me="I know Ana well."),
        make_user("ana_d", display_name="Ána Duarte", about_me="Baker. 面包"),
    ]
    assert find_people("ana") == ["ana_d", "ben"]
    assert find_people("DUARTE baker") == find_people("ana_d") == find_people("面包") == ["ana_d"]
    assert find_people("from:ben") == ["ben"]
    accounts.rename(users_made[1], "annie")
    users.describe(users_made[1], "Annie", "")
    assert find_people("annie") == ["annie"]
    assert find_people("baker") == find_people("duarte") == find_people("lang:es") == []


def test_the_beginning_of_a_name_finds_people_and_no_other_words(engine: Flask) -> None:
    make_user("max_o", display_name="Maximilian Öberg", about_me="Gardener. Ninety years old.")
    make_user("nina", display_name="Gardeners of Nîmes", about_me="Maximum care")
    make_user("wang2", display_name="王小明 Ｗａｎｇ", about_me="面包师")
    for text in ("maxim", "MAX", "maximilian ö", "obe", "max_", "@max_o", "maxi gardener"):
        assert find_people(text) == ["max_o"], text
    for text in ("nin", "garden", "of nim", "Nîm", "gardeners o", '"gardeners of ni"', "from:nin"):
        assert find_people(text) == ["nina"], text
    for text in ("王", "小明", "王小", "wan", "ｗａｎ", "面包", "王 wang"):
        assert find_people(text) == ["wang2"], text
    for text in (
        "axim",
        "inet",
        "gard ninety max maximum",
        "of gard nobody",
        "明王",
        "o n x",
        "care n o m",
    ):
        assert find_people(text) == [], text
    assert find_people("gardener") == ["nina", "max_o"]
    assert find_people("ninet") == find_people("years ol") == []


def test_posts_are_found_by_whole_words_alone(engine: Flask) -> None:
    make_post(make_user("ana"), "Gardeners of Nina")
    assert find("gardeners nina") == ["Gardeners of Nina"]
    assert find("garden") == find("nin") == []


def test_whoever_is_named_exactly_so_comes_first(engine: Flask) -> None:
    make_user("jo")
    make_user("ben", about_me="Jo, jo, jo and jo again")
    for name in ("joanna", "john", "jo_2"):
        make_user(name)
    assert find_people("jo") == ["jo", "jo_2", "john", "joanna", "ben"]


def test_a_full_username_is_found_among_more_people_than_are_ranked(
    engine: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("jo", "joan", "john"):
        make_user(name)
    settle()
    for module in ("database", "elasticsearch"):
        monkeypatch.setattr(f"app.backends.search.{module}.WINDOW", 2)
    assert find_people("jo") == find_people("@JO") == ["jo", "john", "joan"]
    assert find_people("j") == ["john", "joan"]


def test_reindexing_from_nothing_brings_everything_back(engine: Flask) -> None:
    ana = make_user("ana")
    make_post(ana, "Bread #oven")
    posts.delete(make_post(ana, "Deleted bread"))
    settle()
    lose_the_index(engine)
    assert find("bread") == find_people("ana") == []
    for _ in range(2):
        done = engine.test_cli_runner().invoke(args=["search", "reindex", "--from-zero"])
        assert done.exit_code == 0, done.output
        assert find("bread") == find("#oven from:ana") == ["Bread #oven"]
        assert find_people("ana") == ["ana"]


def lose_the_index(site: Flask) -> None:
    db.session.execute(sa.update(Post).values(search_text=None))
    db.session.execute(sa.update(User).values(search_text=None))
    if db.engine.dialect.name == "sqlite":
        for kind in ("post", "user"):
            lost = f"INSERT INTO {kind}_search({kind}_search) VALUES ('delete-all')"  # noqa: S608
            db.session.execute(sa.text(lost))
    db.session.commit()
    if get_search().needs_sync:
        with get_search().rebuild():
            pass


def test_indexing_in_chunks_misses_nothing(engine: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.services.posts.search_index.REINDEX_BATCH", 2)
    ana = make_user("ana")
    for number in range(5):
        make_post(ana, f"Bread {number}")
    db.session.execute(sa.update(Post).values(search_text="wrong"))
    db.session.commit()
    assert list(search_index.reindex("post")) == [2, 2, 1]
    if get_search().needs_sync:
        rebuild()
    assert len(find("bread")) == 5
    assert find("wrong") == []
