"""The directory: who is listed where, whom a new member is shown, and what that costs in a town."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import chain
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app import db
from app.database.cursor import Cursor
from app.lib.dates import utcnow
from app.lib.search.documents import person_text
from app.lib.search.folding import sort_key
from app.lib.search.query import parse_query
from app.models import User
from app.services.accounts import accounts, directory, users
from app.services.community import acquaintances, blocks, follows, mutes
from app.services.community.acquaintances import Acquaintances
from app.services.posts import posts, searches
from tests.support.databases import each_kind, new_url
from tests.support.factories import make_follow, make_post, make_user
from tests.support.sites import open_site

PEOPLE = 50_000
NAMES = (
    "Ana Ben Cleo Dora Maximilian Nina Gardeners Oscar Petra Rosa Tomás Ulla Wim Márton 王小明 ليلى"
)
FIRST_DAY = date(2026, 1, 1)
ADD = sa.text(
    'INSERT INTO "user" (username, username_key, email, email_key, password_hash, role,'
    " display_name, name_key, about_me, avatar_seed, theme, shows_last_seen, followers_count,"
    " following_count, posts_count, created_at, email_verified_at, search_text, last_posted_on)"
    " VALUES (:name, :name, :mail, :mail, 'x', 'member', :shown, :key, '', 'seed', 'system', true,"
    " :followers, 0, 0, :now, :now, :text, :day)"
).bindparams(sa.bindparam("day", type_=sa.Date))


def names(people: list[User]) -> list[str]:
    return [person.username for person in people]


def test_new_people_come_first_and_hidden_ones_not_at_all(app, ana, ben):
    closed, stranger = make_user("gone"), make_user("new", email_verified_at=None)
    accounts.close(closed)
    db.session.commit()
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    assert names(directory.newest(ana, Cursor(10))) == ["ben", "ana"]
    assert names(directory.newest(stranger, Cursor(10))) == ["new", "ben", "ana"]
    assert names(directory.by_name(None, Cursor(10))) == ["ana", "ben"]
    app.extensions.pop("totals", None)
    assert directory.totals().people == 2


def test_whoever_does_not_want_to_be_listed_is_in_no_list_of_everybody(app, ana, ben, cleo):
    """Neither for themselves, so that they see what others see."""
    query = parse_query("ben")
    assert names(directory.by_name(ben, Cursor(10))) == ["ana", "ben", "cleo"]
    assert users.count(ana) == 3
    ben.is_discoverable = False
    db.session.commit()
    for viewer in (ana, ben, None):
        assert names(directory.by_name(viewer, Cursor(10))) == ["ana", "cleo"]
        assert names(directory.newest(viewer, Cursor(10))) == ["cleo", "ana"]
        request = searches.for_people(query, viewer)
        assert searches.top_people(request, 10) == []
        assert searches.best_people(request) == []
        assert searches.newest_people(request, Cursor(10)) == []
        if viewer is not None:
            assert names(users.numbered_page(viewer, 10, 0)) == ["ana", "cleo"]
            assert names(users.after_id(viewer, 10, 0)) == ["ana", "cleo"]
            assert users.count(viewer) == 2
    assert ben not in directory.suggestions(ana, 10)
    blocks.block(ana, ben)
    db.session.commit()
    assert users.count(ana) == 2


def test_names_are_sorted_in_any_script_whatever_stands_in_front_of_them(app):
    wanted = {
        "z1": "ábel",
        "ada": "",
        "x2": "🌻 Berta",
        "x3": "ÇELIK",
        "yan": "🌻🎉",
        "x4": "Яна",
        "x5": "ليلى",
        "x6": "王小明",
    }
    for username, shown in random.sample(list(wanted.items()), len(wanted)):
        make_user(username, display_name=shown)
    assert names(directory.by_name(None, Cursor(10))) == list(wanted)


def test_a_new_name_moves_somebody(app, ana, ben):
    users.describe(ana, "Zoe", "")
    assert names(directory.by_name(None, Cursor(10))) == ["ben", "ana"]
    users.describe(ana, "", "")
    accounts.rename(ben, "aaron")
    users.describe(ben, "", "")
    assert names(directory.by_name(None, Cursor(10))) == ["aaron", "ana"]


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pages_by_name_lead_to_the_end_and_back(app, size):
    made = [make_user(f"p{n}", display_name=["Same", "Other", "Ümlaut"][n % 3]) for n in range(7)]
    everybody = [person.id for person in directory.by_name(None, Cursor(10))]
    assert sorted(everybody) == [person.id for person in made]
    pages, cursor = [], Cursor(size)
    while page := [person.id for person in directory.by_name(None, cursor)]:
        pages.append(page)
        cursor = Cursor(size, before=page[-1])
    assert list(chain(*pages)) == everybody
    back = directory.by_name(None, Cursor(size, after=everybody[-1]))
    assert [person.id for person in back] == everybody[-size - 1 : -1][::-1]


def test_somebody_who_joins_or_leaves_does_not_move_the_pages(app):
    for letter in "bdfh":
        make_user(letter * 3)
    first = directory.by_name(None, Cursor(2))
    last, place = first[-1], first[-1].name_key
    accounts.close(last)
    make_user("aaa"), make_user("eee")
    assert names(first) == ["bbb", "ddd"]
    behind = Cursor(2, before=last.id)
    assert names(directory.by_name(None, behind, place)) == ["eee", "fff"]
    # Where a hidden name stands is nobody's to learn.
    assert directory.by_name(None, behind) == []


def test_new_members_are_shown_whom_many_follow_and_who_writes(app, ana, ben, cleo):
    known, silent, loud = make_user("known"), make_user("silent"), make_user("loud")
    for follower in (ben, cleo, known):
        make_follow(follower, silent)
    for follower in (ben, cleo):
        make_follow(follower, loud)
    make_follow(ana, known)
    make_post(loud)
    make_post(ben)
    assert names(directory.suggestions(ana, 3)) == ["loud", "ben", "silent"]
    assert "ana" in names(directory.suggestions(None, 10))
    assert not {"ana", "known"} & set(names(directory.suggestions(ana, 10)))


def test_nobody_is_shown_as_followed_who_hides_it_or_is_hidden(app, ana, ben, cleo):
    """Nor whom one asked already or mutes, nor through those who hide whom they follow."""
    make_follow(ana, ben)
    ways = {
        "unlisted": {"is_discoverable": False},
        "secret": {"hides_follows": True},
        "asked": {"approves_followers": True},
    }
    others = {name: make_user(name, **values) for name, values in ways.items()}
    muted, blocked, blocking, gone = (
        make_user(name) for name in ("muted", "blocked", "blocking", "gone")
    )
    for one in (*others.values(), muted, blocked, blocking, gone, cleo):
        make_follow(ben, one)
    follows.follow(ana, others["asked"])
    mutes.mute(ana, muted)
    blocks.block(ana, blocked)
    blocks.block(blocking, ana)
    accounts.close(gone)
    db.session.commit()
    people, who = directory.followed(ana)
    assert (names(people), who) == (["cleo"], {cleo.id: Acquaintances(("Ben Ortega",), 1)})
    ben.hides_follows = True
    db.session.commit()
    assert directory.followed(ana) == ([], {})
    ben.hides_follows = False
    mutes.mute(ana, ben)
    db.session.commit()
    assert directory.followed(ana) == ([], {})


def test_of_friends_who_follow_many_all_count_for_the_order(app, ana, ben, cleo, monkeypatch):
    """Of each only the last follows are read, but rows say who follows somebody, and the order."""
    monkeypatch.setattr(acquaintances, "FOLLOWS_READ", 2)
    late, both, early = make_user("late"), make_user("both"), make_user("early")
    for friend in (ben, cleo):
        make_follow(ana, friend)
        make_follow(friend, early)
    make_follow(ben, both)
    for one in (late, both):
        make_follow(cleo, one)
    make_follow(ben, late)
    make_follow(cleo, make_user("last"))
    assert names(directory.followed(ana)[0]) == ["both", "late", "last"]


def test_what_was_written_long_ago_or_deleted_is_no_sign_of_life(app, ana, ben, cleo):
    make_post(ben, created_at=utcnow() - directory.RECENTLY - timedelta(days=1))
    posts.delete(make_post(ben))
    db.session.commit()
    assert names(directory.suggestions(ana, 1)) == ["cleo"]
    make_post(ben)
    assert names(directory.suggestions(ana, 1)) == ["ben"]


def test_totals_are_counted_once_in_a_while(app, ana, monkeypatch):
    app.extensions.pop("totals", None)
    monkeypatch.setattr(directory, "FEW_PEOPLE", 0)
    make_post(ana)
    assert directory.totals() == directory.Totals(people=1, posts=1)
    make_post(make_user("ben"))
    assert directory.totals() == directory.Totals(people=1, posts=1)
    monkeypatch.setattr(directory.time, "monotonic", lambda: float("inf"))
    assert directory.totals() == directory.Totals(people=2, posts=2)


def test_where_few_people_are_the_totals_are_always_right(app, ana):
    app.extensions.pop("totals", None)
    make_post(ana)
    assert directory.totals() == directory.Totals(people=1, posts=1)
    make_post(make_user("ben"))
    assert directory.totals() == directory.Totals(people=2, posts=2)


@pytest.fixture(scope="module", params=each_kind())
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """A site with 50,000 people, on each database."""
    folder = tmp_path_factory.mktemp("town")
    url = new_url(request.param, folder, request)
    with open_site(folder, DATABASE_URL=url, MAIL_SERVER="localhost") as site:
        db.session.execute(ADD, list(townspeople()))
        db.session.commit()
        db.session.execute(sa.text("ANALYZE"))
        db.session.commit()
        yield site


def townspeople() -> Iterator[dict[str, Any]]:
    dice, known, now = random.Random(3), NAMES.split(), utcnow()
    for number in range(PEOPLE):
        username = f"user{number}"
        shown = f"{dice.choice(known)} {dice.choice(known)}son{number % 977}"
        yield {
            "name": username,
            "mail": f"{username}@example.com",
            "shown": shown,
            "key": sort_key(shown),
            "followers": dice.randrange(1000),
            "now": now,
            "text": person_text(username, shown, "By the river"),
            "day": FIRST_DAY + timedelta(days=number % 300) if number % 10 else None,
        }


def plans_of(ask: Callable[[], object]) -> list[list[str]]:
    """The steps of the plan of each statement that `ask` sends."""
    sent: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        sent.append((statement, values))

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    is_sqlite = db.engine.dialect.name == "sqlite"
    # PostgreSQL says only afterward which of two ways it went.
    explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN (ANALYZE, COSTS off, TIMING off) "
    connection = db.session.connection()
    return [
        [row[-1] for row in connection.exec_driver_sql(explain + statement, values)]
        for statement, values in sent
    ]


def assert_reads_no_whole_table(plans: list[list[str]]) -> None:
    for plan in plans:
        for step in plan:
            # Along the ids or another index, until the page is full.
            is_walk = "USING INDEX" in step or not any("TEMP B-TREE" in other for other in plan)
            assert not step.startswith("SCAN user") or is_walk or "VIRTUAL" in step, plan
            assert 'Seq Scan on "user"' not in step or "(never executed)" in step, plan


SHOWN = {
    "newest": lambda me: directory.newest(me, Cursor(26)),
    "newest, in the middle": lambda me: directory.newest(me, Cursor(26, before=PEOPLE // 2)),
    "by name": lambda me: directory.by_name(me, Cursor(26)),
    "by name, next": lambda me: directory.by_name(me, Cursor(26, before=PEOPLE // 2)),
    "by name, previous": lambda me: directory.by_name(None, Cursor(26, after=PEOPLE // 2)),
    "active": lambda me: directory.active(me, Cursor(26)),
    "active, next": lambda me: directory.active(me, Cursor(26, before=PEOPLE // 2 + 1)),
    "active, of a day": lambda me: directory.active(me, Cursor(26, before=9), FIRST_DAY),
    "active, previous": lambda me: directory.active(me, Cursor(26, after=9), date(2026, 5, 1)),
    "followed": directory.followed,
    "suggestions": lambda me: directory.suggestions(me, 6),
    "for visitors": lambda _: directory.suggestions(None, 6),
}


@pytest.mark.slow
@pytest.mark.parametrize("shown", SHOWN)
def test_a_list_of_a_whole_town_is_read_along_an_index(town: Flask, shown: str) -> None:
    me = db.session.get(User, 777)
    plans = plans_of(lambda: SHOWN[shown](me))
    assert len(plans) == 1
    assert_reads_no_whole_table(plans)


@pytest.mark.slow
def test_pages_of_the_active_follow_each_other_both_ways(town: Flask) -> None:
    people = db.session.execute(sa.select(User.last_posted_on, User.id)).all()
    ordered = sorted((day, one) for day, one in people if day)[::-1]
    seen: list[tuple[date | None, int]] = []
    cursor, day = Cursor(70), None
    for _ in range(3):
        page = directory.active(None, cursor, day)
        seen += [(person.last_posted_on, person.id) for person in page]
        cursor, day = Cursor(70, before=page[-1].id), page[-1].last_posted_on
    assert seen == ordered[:210]
    back = directory.active(None, Cursor(70, after=seen[140][1]), seen[140][0])
    assert [person.id for person in back] == [one for _, one in ordered[139:69:-1]]


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["maxim", "m", "ma", "user", "wim ulla", "王", "ana gard", "river", "zzz"]
)
def test_somebody_is_found_in_a_whole_town_by_the_index(town: Flask, text: str) -> None:
    me = db.session.get(User, 777)
    request = searches.for_people(parse_query(text), me)
    for find in (
        lambda: searches.top_people(request, 3),
        lambda: searches.newest_people(request, Cursor(26)),
        lambda: searches.newest_people(request, Cursor(26, before=PEOPLE // 2)),
    ):
        plans = plans_of(find)
        assert len(plans) <= 2
        assert_reads_no_whole_table(plans)
