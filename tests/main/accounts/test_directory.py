"""The directory of people: in both orders, page by page, and searched."""

from __future__ import annotations

from itertools import chain

import pytest

from app import db
from app.models import User
from app.services.accounts import accounts
from tests.support.factories import make_follow, make_user
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
    for url in ("/people", "/people?sort=name", "/people?q=be"):
        response = send(client, url, "/follow/ben")
        assert response.location == url
        send(client, url, "/unfollow/ben")


@pytest.mark.parametrize("url", ["/people", "/people?sort=name", "/people?q=per"])
@pytest.mark.parametrize("size", [1, 2, 3, 6])
def test_pages_lead_to_the_end_and_back_without_gap_or_double(app, client, url, size):
    app.config["POSTS_PER_PAGE"] = size
    for number in range(6):
        make_user(f"per{number}", display_name="Perla" if number % 2 else "perla")
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
    for url in ("/people", "/people?sort=name", "/people?q=an"):
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
