"""The directory of people: in each order, page by page, and searched."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import chain

import pytest

from app import db
from app.lib.dates import utcnow
from app.models import User
from app.services.accounts import accounts
from app.services.community import mutes
from app.services.posts import posts
from tests.support.factories import make_follow, make_post, make_user
from tests.support.pages import Page, get_page, log_in, send


def shown(page: Page) -> list[str]:
    """The usernames on a page, from top to bottom."""
    links = [link.get("href") for row in page.all("li", class_="person") for link in row.iter("a")]
    return [link.removeprefix("/user/") for link in links if link and link.startswith("/user/")]


def walk(client, url: str, rel: str) -> tuple[list[list[str]], str]:
    """All pages from `url` on in one direction, and the address of the last one."""
    pages = []
    while True:
        page = get_page(client, url)
        pages.append(shown(page))
        found = page.all("a", rel=rel)
        if not found:
            return pages, url
        url = found[0].get("href") or ""


def test_explore_leads_to_everybody_newest_first_or_by_name(client, ana, ben):
    make_user("aaron", display_name="Zoe")
    explore = get_page(client, "/explore")
    (link,) = [link for link in explore.all("a", href="/people") if link.text == "People"]
    assert shown(get_page(client, link.get("href"))) == ["aaron", "ben", "ana"]
    page = get_page(client, "/people?sort=name")
    assert shown(page) == ["ana", "ben", "aaron"]
    assert page.all("a", href="/people?sort=name")[0].get("aria-current") == "true"
    assert get_page(client, "/people").all("a", href="/people", **{"aria-current": "page"})


def test_a_row_says_in_a_few_words_who_somebody_is(client, ana, ben):
    ben.about_me = "Bakes bread.\nNever on Sundays."
    db.session.commit()
    make_follow(ana, ben)
    make_follow(ben, ana)
    log_in(client, ana)
    page = get_page(client, "/people")
    assert "Bakes bread." in page.text and "Sundays" not in page.text
    assert "1 follower" in page.text and "Follows you" in page.text
    assert page.form("/unfollow/ben") is not None
    assert not page.all("form", action="/follow/ana")


def test_following_leads_back_to_the_same_place(client, ana, ben):
    log_in(client, ana)
    ben.last_posted_on = date(2026, 11, 30)
    db.session.commit()
    for url in ("/people", "/people?sort=name", "/people?sort=active", "/people?q=be"):
        response = send(client, url, "/follow/ben")
        assert response.location == url
        send(client, url, "/unfollow/ben")


@pytest.mark.parametrize(
    "url", ["/people", "/people?sort=name", "/people?sort=active", "/people?q=per"]
)
@pytest.mark.parametrize("size", [1, 2, 3, 6])
def test_pages_lead_to_the_end_and_back_without_gap_or_double(app, client, url, size):
    app.config["POSTS_PER_PAGE"] = size
    for number in range(6):
        name, day = "Perla" if number % 2 else "perla", date(2026, 11, 30 - number // 2)
        make_user(f"per{number}", display_name=name, last_posted_on=day)
    pages, last = walk(client, url, "next")
    everybody = list(chain(*pages))
    assert sorted(everybody) == [f"per{number}" for number in range(6)]
    assert all(len(page) == size for page in pages[:-1])
    back, _ = walk(client, last, "prev")
    assert back[-1] == pages[0]
    assert set(chain(*back)) == set(everybody)


def test_somebody_is_found_by_how_their_name_begins(client, ana, ben):
    make_user("max", display_name="Ánaïs", about_me="Duartes cousin")
    assert shown(get_page(client, "/people?q=ana")) == ["max", "ana"]
    assert shown(get_page(client, "/people?q=DUAR")) == ["ana"]
    page = get_page(client, "/people?q=nobody")
    assert "No people found for “nobody”" in page.text
    assert page.all("a", href="/people", class_="btn")
    for query in ("lang:es", "", "%20", "!", "a" * 300, "from:ben"):
        get_page(client, f"/people?q={query}")


def test_whoever_is_hidden_elsewhere_is_hidden_here(app, client, ana, ben):
    accounts.close(ben)
    make_user("new", email_verified_at=None)
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    ana.last_posted_on = ben.last_posted_on = date(2026, 11, 30)
    db.session.commit()
    for url in ("/people", "/people?sort=name", "/people?sort=active", "/people?q=an"):
        assert shown(get_page(client, url)) == ["ana"], url
    for url in ("/people?q=ben", "/people?q=new"):
        assert shown(get_page(client, url)) == [], url


def test_members_read_whether_they_are_listed_and_where_to_change_it(client, ana, ben):
    assert "in this list" not in get_page(client, "/people").text
    log_in(client, ana)
    page = get_page(client, "/people")
    assert "You're in this list." in page.text
    assert page.all("a", href="/settings/privacy")
    ana.is_discoverable = False
    db.session.commit()
    page = get_page(client, "/people")
    assert "You aren't in this list." in page.text
    assert not page.all("a", href="/user/ana", class_="person__link")


def test_an_empty_place_and_a_page_behind_the_end_say_so(client):
    assert "No one here yet" in get_page(client, "/people").text
    user: User = make_user("ana")
    for url in (f"/people?before={user.id}", f"/people?before={user.id}&sort=name"):
        page = get_page(client, url)
        assert "No more results." in page.text and page.all("a", rel="prev")
    assert client.get("/people?before=0").status_code == 404
    assert client.get("/people?after=x").status_code == 404
    assert get_page(client, f"/people?sort=name&before={10**15}").all("a", rel="prev")


def test_visitors_see_it_where_they_may_read(app, client, ana):
    assert shown(get_page(client, "/people")) == ["ana"]
    app.config["PUBLIC_READING"] = False
    assert client.get("/people").location.startswith("/auth/login")


def test_the_most_active_are_those_who_posted_last_for_everybody(client, ana, ben, cleo):
    quiet = make_user("dora")
    for author in (cleo, ben):
        make_post(author)
    today = utcnow().date()
    page = get_page(client, "/people?sort=active")
    # On one day, whoever joined later.
    assert shown(page) == ["cleo", "ben"]
    assert page.all("a", href="/people?sort=active")[0].get("aria-current") == "true"
    cleo.last_posted_on = today - timedelta(days=1)
    quiet.silenced_until = utcnow() + timedelta(days=1)
    db.session.commit()
    # Few see what a silenced person writes.
    make_post(quiet)
    assert shown(get_page(client, "/people?sort=active")) == ["ben", "cleo"]
    # That of a post which is gone: the day is no news.
    posts.delete(make_post(cleo))
    db.session.commit()
    assert shown(get_page(client, "/people?sort=active")) == ["cleo", "ben"]


def test_a_page_of_the_active_goes_on_where_it_was_whoever_posts_meanwhile(app, client):
    app.config["POSTS_PER_PAGE"] = 2
    people = [make_user(f"per{n}", last_posted_on=date(2026, 11, 20 + n)) for n in range(6)]
    first = get_page(client, "/people?sort=active")
    assert shown(first) == ["per5", "per4"]
    make_post(people[4])
    second = get_page(client, first.all("a", rel="next")[0].get("href"))
    assert shown(second) == ["per3", "per2"]
    assert shown(get_page(client, second.all("a", rel="prev")[0].get("href"))) == ["per4", "per5"]
    # Without the day the one of the person counts, and of nobody that there is none.
    assert shown(get_page(client, f"/people?sort=active&before={people[2].id}")) == ["per1", "per0"]
    assert shown(get_page(client, f"/people?sort=active&before={10**15}")) == []


@pytest.mark.parametrize("day", ["", "x", "20261130", "2026-13-01", "2026-W40-1", "0000-00-00"])
def test_what_is_no_day_is_no_page(client, ana, day):
    assert client.get(f"/people?sort=active&before=1&day={day}").status_code == 404


def why(page: Page, name: str) -> list[str]:
    """What the row of somebody says besides who they are."""
    rows = [row for row in page.all("li", class_="person") if f"@{name}" in "".join(row.itertext())]
    return ["".join(fact.itertext()) for row in rows for fact in row.iter("p")]


def test_a_row_says_who_of_those_i_follow_follows_somebody(client, ana, ben, cleo):
    dora, emil, finn, gina = (make_user(name) for name in ("dora", "emil", "finn", "gina"))
    for one in (ben, dora, emil, finn, gina):
        make_follow(ana, one)
    log_in(client, ana)
    make_follow(ben, cleo)
    assert why(get_page(client, "/people"), "cleo") == ["Followed by Ben Ortega"]
    make_follow(dora, cleo)
    text = "Followed by Ben Ortega and dora"
    assert why(get_page(client, "/people?sort=name"), "cleo") == [text]
    for one in (emil, finn):
        make_follow(one, cleo)
    text = "Followed by Ben Ortega, dora, and 2 others you follow"
    assert why(get_page(client, "/people?q=cleo"), "cleo") == [text]
    # Never through those who hide their lists, are gone or muted.
    finn.hides_follows = True
    accounts.close(emil)
    mutes.mute(ana, dora)
    db.session.commit()
    assert why(get_page(client, "/people"), "cleo") == ["Followed by Ben Ortega"]
    cleo.hides_follows = True
    db.session.commit()
    page = get_page(client, "/people")
    assert not any("Followed by" in fact for fact in why(page, "cleo"))


def test_whom_people_i_follow_follow_is_shown_and_whom_most_of_them_do_first(
    client, ana, ben, cleo
):
    dora, emil = make_user("dora"), make_user("emil")
    for one in (ben, cleo):
        make_follow(ana, one)
        make_follow(one, dora)
        make_follow(one, ana)
    make_follow(ben, cleo)
    make_follow(cleo, emil)
    log_in(client, ana)
    page = get_page(client, "/people?sort=followed")
    # Neither herself nor whom she follows already.
    assert shown(page) == ["dora", "emil"]
    assert why(page, "dora") == ["Followed by Ben Ortega and cleo"]
    (tab,) = page.all("a", href="/people?sort=followed")
    assert (tab.get("aria-current"), tab.text) == ("true", "Followed by people you follow")
    assert "in this list" not in page.text
    assert send(client, "/people?sort=followed", "/follow/dora").location == "/people?sort=followed"
    assert shown(get_page(client, "/people?sort=followed")) == ["emil"]


def test_whoever_follows_nobody_is_led_to_everybody(client, ana, ben, cleo):
    make_follow(ben, cleo)
    log_in(client, ana)
    page = get_page(client, "/people?sort=followed")
    assert "No one to show yet" in page.text
    assert page.all("a", href="/people", class_="btn")


def test_visitors_who_ask_for_it_get_the_newest(client, ana, ben):
    page = get_page(client, "/people?sort=followed")
    assert shown(page) == ["ben", "ana"]
    assert not page.all("a", href="/people?sort=followed")
    assert page.all("a", href="/people", **{"aria-current": "true"})
