"""Feeds: what they hold, what the standards ask of them, and how little they cost."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from app import db
from app.lib.dates import utcnow
from app.services.accounts import accounts
from app.services.posts import posts
from app.services.posts.composition import compose
from tests.main.posts.test_hostile_texts import XSS
from tests.support.factories import make_post
from tests.support.pages import check_headers, counted_statements, get_page, log_in

NS = "{http://www.w3.org/2005/Atom}"
PLACES = ["/user/ana", "/tag/riverside", "/explore"]
TIMES = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
YESTERDAY = datetime(2026, 11, 20, 9, 14, 7, tzinfo=UTC)


def atom(client, url):
    """The feed, checked against the members that RFC 4287 requires."""
    response = client.get(f"{url}/feed.atom")
    assert response.status_code == 200, response.status
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    check_headers(response)
    root = ET.fromstring(response.data)
    assert root.tag == f"{NS}feed"
    for node in (root, *root.iter(f"{NS}entry")):
        for name in ("id", "title", "updated"):
            assert len(node.findall(NS + name)) == 1, name
        assert re.fullmatch(r"https?://[^\s]+", node.findtext(f"{NS}id"))
        assert re.fullmatch(TIMES, node.findtext(f"{NS}updated"))
        kinds = [link.get("rel") for link in node.findall(f"{NS}link")]
        assert kinds.count("alternate") == 1
    assert [link.get("rel") for link in root.findall(f"{NS}link")].count("self") == 1
    for entry in root.iter(f"{NS}entry"):
        assert entry.findtext(f"{NS}author/{NS}name")
        assert entry.find(f"{NS}content").get("type") == "html"
        assert re.fullmatch(TIMES, entry.findtext(f"{NS}published"))
    return root


def json_feed(client, url):
    """The feed, checked against the members that JSON Feed 1.1 requires."""
    response = client.get(f"{url}/feed.json")
    assert response.status_code == 200, response.status
    assert response.mimetype == "application/feed+json"
    check_headers(response)
    feed = json.loads(response.data)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert isinstance(feed["title"], str) and feed["title"]
    assert isinstance(feed["items"], list)
    for item in feed["items"]:
        assert isinstance(item["id"], str) and item["content_html"]
        assert re.fullmatch(TIMES, item["date_published"])
    assert len({item["id"] for item in feed["items"]}) == len(feed["items"])
    return feed


def titles(client, url):
    """Titles in a place's feed, which both forms agree on."""
    entries = atom(client, url).iter(f"{NS}entry")
    found = [entry.findtext(f"{NS}title") for entry in entries]
    assert [item["title"] for item in json_feed(client, url)["items"]] == found
    return found


def test_each_feed_has_the_public_posts_of_its_place_newest_first(client, ana, ben):
    make_post(ana, "One")
    make_post(ben, "Two #riverside")
    make_post(ana, "# Three #riverside", title="The third")
    make_post(ben, "Four")
    assert titles(client, "/user/ana") == ["The third", "One"]
    assert titles(client, "/tag/riverside") == ["The third", "Two #riverside"]
    assert titles(client, "/explore") == ["Four", "The third", "Two #riverside", "One"]


def test_deleted_posts_and_closed_accounts_are_in_no_feed(client, ana, ben):
    posts.delete(make_post(ana, "Deleted #riverside"))
    make_post(ben, "Closed #riverside")
    ben.closed_at = utcnow()
    db.session.commit()
    for url in PLACES:
        assert titles(client, url) == []
    assert client.get("/user/ben/feed.atom").status_code == 404


def test_a_feed_holds_the_newest_25(client, ana):
    for number in range(27):
        make_post(ana, f"Post {number}")
    expected = [f"Post {number}" for number in range(26, 1, -1)]
    assert titles(client, "/user/ana") == expected


def test_an_entry_says_who_when_what_and_in_which_language(app, client, ana):
    body = "Hola @ana, mira esto: el pan está listo desde hace una hora. #riverside"
    post = make_post(ana, body, language="es", created_at=YESTERDAY)
    post.edited_at = YESTERDAY + timedelta(hours=1)
    db.session.commit()
    base = app.config["BASE_URL"]
    entry = atom(client, "/explore").find(f"{NS}entry")
    assert entry.get("{http://www.w3.org/XML/1998/namespace}lang") == "es"
    assert entry.findtext(f"{NS}id") == f"{base}/post/{post.id}"
    assert entry.findtext(f"{NS}published") == "2026-11-20T09:14:07Z"
    assert entry.findtext(f"{NS}updated") == "2026-11-20T10:14:07Z"
    assert entry.findtext(f"{NS}author/{NS}name") == "Ana Duarte"
    assert entry.findtext(f"{NS}author/{NS}uri") == f"{base}/user/ana"
    content = entry.findtext(f"{NS}content")
    assert f'href="{base}/user/ana"' in content and f'href="{base}/tag/riverside"' in content
    [item] = json_feed(client, "/explore")["items"]
    assert (item["language"], item["content_html"]) == ("es", content)
    assert item["date_modified"] == "2026-11-20T10:14:07Z"
    [author] = item["authors"]
    assert author["name"] == "Ana Duarte"
    assert author["avatar"].startswith(f"{base}/user/ana/avatar.svg")


@pytest.mark.parametrize("payload", XSS)
def test_what_people_write_stays_text(client, ana, payload):
    ana.display_name = payload[:50]
    db.session.commit()
    make_post(ana, payload)
    titled = make_post(ana, payload, title=payload)
    entry = atom(client, "/user/ana").find(f"{NS}entry")
    assert entry.findtext(f"{NS}title") == titled.title
    assert entry.findtext(f"{NS}author/{NS}name") == ana.display_name
    assert entry.findtext(f"{NS}content") == titled.html
    assert json_feed(client, "/user/ana")["items"][0]["title"] == titled.title


@pytest.mark.parametrize("url", PLACES)
@pytest.mark.parametrize("kind", ["atom", "json"])
def test_whoever_has_a_feed_already_gets_304(client, ana, url, kind):
    make_post(ana, "Bread #riverside", created_at=YESTERDAY)
    path = f"{url}/feed.{kind}"
    first = client.get(path).headers
    assert first["Last-Modified"] == "Fri, 20 Nov 2026 09:14:07 GMT"
    assert first["Cache-Control"] == "public, max-age=0, must-revalidate"
    for validator in (
        {"If-None-Match": first["ETag"]},
        {"If-Modified-Since": first["Last-Modified"]},
    ):
        again = client.get(path, headers=validator)
        assert (again.status_code, again.data) == (304, b"")
    posts.publish(ana, compose("More #riverside"))
    db.session.commit()
    for validator in (
        {"If-None-Match": first["ETag"], "If-Modified-Since": first["Last-Modified"]},
        {"If-Modified-Since": first["Last-Modified"]},
        {"If-Modified-Since": "nonsense"},
    ):
        assert client.get(path, headers=validator).status_code == 200


def test_a_deleted_post_leaves_the_feed_of_whoever_goes_by_the_time(client, ana):
    make_post(ana, "Old", created_at=YESTERDAY)
    new = make_post(ana, "New", created_at=YESTERDAY + timedelta(hours=1))
    since = client.get("/explore/feed.atom").headers["Last-Modified"]
    posts.delete(new)
    db.session.commit()
    again = client.get("/explore/feed.atom", headers={"If-Modified-Since": since})
    assert again.status_code == 200
    assert b"New" not in again.data


def test_a_time_that_another_post_may_share_is_not_promised(client, ana):
    make_post(ana)
    assert "Last-Modified" not in client.get("/explore/feed.atom").headers


@pytest.mark.parametrize("url", PLACES)
def test_a_feed_costs_two_statements_and_no_cookie(client, ana, url):
    for _ in range(5):
        make_post(ana, "Bread #riverside")
    for kind in ("atom", "json"):
        with counted_statements() as ran:
            response = client.get(f"{url}/feed.{kind}")
        assert len(ran) <= 2, ran
        assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("url", PLACES)
def test_pages_name_their_feeds(client, ana, url):
    make_post(ana, "Bread #riverside")
    page = get_page(client, url)
    links = {link.get("type"): link.get("href") for link in page.all("link", rel="alternate")}
    assert links == {
        "application/atom+xml": f"{url}/feed.atom",
        "application/feed+json": f"{url}/feed.json",
    }
    assert [a.get("href") for a in page.all("a", class_="feed-link")] == [f"{url}/feed.atom"]
    for href in links.values():
        assert client.get(href).status_code == 200


def test_members_get_the_same_feed_as_visitors(app, client, ana):
    make_post(ana, "Bread #riverside")
    log_in(client, ana)
    for url in PLACES:
        path = f"{url}/feed.json"
        assert client.get(path).data == app.test_client().get(path).data


def test_a_closed_site_names_no_feeds_and_keeps_them_to_itself(app, client, ana):
    app.config["PUBLIC_READING"] = False
    make_post(ana, "Bread #riverside")
    assert client.get("/explore/feed.atom").status_code == 302
    log_in(client, ana)
    page = get_page(client, "/user/ana")
    assert not page.all("link", rel="alternate") and not page.all("a", class_="feed-link")
    answer = client.get("/explore/feed.atom")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"].startswith("private")


def test_former_names_and_spellings_lead_to_the_feed(client, ana):
    accounts.rename(ana, "anna")
    db.session.commit()
    response = client.get("/user/ana/feed.json")
    assert (response.status_code, response.location) == (302, "/user/anna/feed.json")
    response = client.get("/tag/Café/feed.atom")
    assert (response.status_code, response.location) == (301, "/tag/caf%C3%A9/feed.atom")
    feed = json_feed(client, "/tag/caf%C3%A9")
    assert feed["feed_url"].endswith("/tag/caf%C3%A9/feed.json")
    assert client.get("/tag/!/feed.atom").status_code == 404
    assert client.get("/user/nobody-here/feed.atom").status_code == 404


def test_an_empty_feed_is_a_feed(client, ana):
    for url in PLACES:
        assert titles(client, url) == []
