"""The page about the site."""

from __future__ import annotations

import pytest

from tests.support.factories import make_post
from tests.support.pages import get_page, log_in


@pytest.fixture(autouse=True)
def riverside(app):
    app.extensions.pop("totals", None)
    app.config["SITE_NAME"] = "Riverside"
    app.config["SITE_DESCRIPTION"] = "Along the river."
    app.config["SITE_CONTACT"] = "river@example.org"


def test_it_says_what_this_is_who_runs_it_and_how_many_are_here(client, ana, ben):
    make_post(ana)
    page = get_page(client, "/about")
    assert [h1.text for h1 in page.all("h1")] == ["About Riverside"]
    for words in ("Along the river.", "2 people · 1 post", "Español", "Anyone can join."):
        assert words in page.text
    for path in ("mailto:river@example.org", "/auth/register", "/api/docs", "/explore/feed.atom"):
        assert page.all("a", href=path), path


@pytest.mark.parametrize(
    ("contact", "url"),
    [
        ("ana@example.org", "mailto:ana@example.org"),
        ("https://example.org/us?a=1&b=2", "https://example.org/us?a=1&b=2"),
        ("Ask @ana in the <library>", None),
        ("@ana", None),
        ("javascript:alert(1)", None),
    ],
)
def test_the_contact_is_a_link_where_it_is_an_address(app, client, contact, url):
    app.config["SITE_CONTACT"] = contact
    page = get_page(client, "/about")
    assert contact in page.text
    links = [
        a.get("href") for a in page.all("main")[0].iter("a") if contact in "".join(a.itertext())
    ]
    assert links == ([url] if url else [])


def test_nobody_to_ask_is_not_mentioned(app, client):
    app.config["SITE_CONTACT"] = ""
    assert "Who runs this site" not in get_page(client, "/about").text


def test_a_private_and_closed_site_tells_visitors_how_to_join_and_nothing_of_its_people(
    app, client, ana
):
    app.config["PUBLIC_READING"], app.config["REGISTRATION"] = False, "closed"
    page = get_page(client, "/about", statements=0)
    assert "Only members can read" in page.text and "adds new members" in page.text
    assert "1 person" not in page.text and "feed" not in page.text.lower()
    assert not page.all("a", href="/auth/register")
    log_in(client, ana)
    page = get_page(client, "/about")
    assert "1 person" in page.text and not page.all("a", href="/auth/login")


def test_every_page_leads_there(client, ana, ben):
    assert get_page(client, "/").all("footer")[0].find(".//a[@href='/about']") is not None
    log_in(client, ana)
    for path in ("/index", "/explore", "/people", "/settings", "/user/ben"):
        assert get_page(client, path).all("a", href="/about")
    # It opens at its end, where one writes.
    assert not get_page(client, "/messages/ben").all("footer")
