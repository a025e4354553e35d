"""Reading changes nothing: every link followed twice leaves every table as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import db
from app.services.posts import posts
from app.services.posts.composition import compose_in
from tests.support.factories import make_follow, make_post
from tests.support.pages import check_answer, check_headers, counted_statements, log_in

FRAGMENT = "/popup"
# Shows a new secret as a picture.
DIFFERENT_EACH_TIME = {"/settings/two-factor/app"}


@pytest.fixture(params=["visitor", "ana"])
def reader(request, app, ana, ben) -> FlaskClient:
    """Somebody in a small world where every kind of page has something to show."""
    app.config["POSTS_PER_PAGE"] = 3
    make_follow(ana, ben)
    make_follow(ben, ana)
    for number in range(7):
        make_post(ana if number % 2 else ben, f"Post {number} for @ana and @ben #tag{number % 2}")
    edited = make_post(ana, "Before")
    posts.edit(edited, compose_in("en", "After"))
    db.session.commit()
    client = app.test_client()
    if request.param == "ana":
        log_in(client, ana)
    return client


def everything() -> dict[str, list[tuple]]:
    """All rows of all tables."""
    db.session.rollback()
    return {
        table.name: sorted(map(repr, db.session.execute(sa.select(table))))
        for table in db.metadata.sorted_tables
    }


def links(client: FlaskClient, url: str) -> Iterator[str]:
    """Addresses on this site that the page `url` names."""
    with counted_statements() as ran:
        response = client.get(url)
    assert response.status_code in (200, 302), (url, response.status)
    if response.mimetype != "text/html" or response.status_code == 302 or url.endswith(FRAGMENT):
        return
    for element in check_answer(response, ran).root.iter():
        for name in ("href", "src"):
            address = (element.get(name) or "").partition("#")[0]
            if address.startswith("/") and not address.startswith("/static/"):
                yield address
        if "hover-card" in (element.get("data-behavior") or "").split():
            yield f"{element.get('href')}{FRAGMENT}"


def crawl(client: FlaskClient) -> set[str]:
    """Every address that can be reached from the front page by links alone."""
    seen: set[str] = set()
    waiting = {"/", "/index", "/explore"}
    while waiting:
        url = waiting.pop()
        seen.add(url)
        waiting |= set(links(client, url)) - seen
        assert len(seen) < 500, "the links never end"
    return seen


@pytest.mark.slow
def test_following_every_link_twice_changes_nothing(reader):
    before = everything()
    first = crawl(reader)
    assert len(first) > 20
    assert crawl(reader) == first
    assert everything() == before


def read(client: FlaskClient, method: str, url: str) -> TestResponse:
    """The answer without a notice that an earlier page left for the next one."""
    client.get("/explore")
    return client.open(url, method=method)


@pytest.mark.slow
def test_head_answers_as_get_without_the_body(reader):
    for url in sorted(crawl(reader)):
        get = read(reader, "GET", url)
        head = read(reader, "HEAD", url)
        assert head.status_code == get.status_code, url
        assert head.data == b""
        check_headers(head)
        for name in ("Content-Type", "Cache-Control", "Location", "Vary", "Allow"):
            assert head.headers.get(name) == get.headers.get(name), (url, name)
        assert ("Set-Cookie" in head.headers) == ("Set-Cookie" in get.headers), url
        # Tokens in forms differ each time, but are of one length.
        is_same = url not in DIFFERENT_EACH_TIME
        assert not is_same or head.content_length == get.content_length, url
