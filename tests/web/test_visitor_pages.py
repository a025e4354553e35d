"""Pages that visitors share for a moment, and everybody who must not be shown one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import db
from app.lib.bounded_cache import BoundedCache
from app.lib.tokens import random_token
from app.models import User
from app.services.posts import posts
from app.web.csrf import csrf_token
from app.web.visitor_pages import KEPT_BYTES_MAX, KeptPage, kept_for_visitors
from tests.support.factories import PASSWORD, make_post
from tests.support.pages import counted_statements, get_page, log_in
from tests.support.sites import open_site


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(app: Flask) -> Iterator[Clock]:
    """The clock of the pages that are kept; it stands still by itself."""
    before, clock = app.extensions["visitor_pages"], Clock()
    app.config["VISITOR_PAGE_SECONDS"] = 2
    app.extensions["visitor_pages"] = BoundedCache[KeptPage](KEPT_BYTES_MAX, 2, clock)
    yield clock
    app.extensions["visitor_pages"] = before


PAGES = ["/", "/explore", "/tag/open", "/user/ana", "/post/{id}", "/user/ana/followers", "/people"]


@pytest.mark.parametrize("url", PAGES)
def test_the_next_visitor_sees_the_same_page_without_a_statement(
    app: Flask, ana: User, clock: Clock, url: str
) -> None:
    url = url.format(id=make_post(ana, "The garden is #open").id)
    first = get_page(app.test_client(), url)
    second = get_page(app.test_client(), url, statements=0)
    assert second.response.data == first.response.data
    assert second.response.headers["ETag"] == first.response.headers["ETag"]
    assert second.response.headers["Cache-Control"] == first.response.headers["Cache-Control"]
    for header in ("Accept-Language", "Cookie"):
        assert header in second.response.headers["Vary"]
    match = {"If-None-Match": first.response.headers["ETag"]}
    with counted_statements() as ran:
        assert app.test_client().get(url, headers=match).status_code == 304
    assert not ran
    assert app.test_client().head(url).status_code == 200
    clock.now = 2.1
    assert get_page(app.test_client(), url).statements


def test_what_is_deleted_is_gone_after_two_seconds(app: Flask, ana: User, clock: Clock) -> None:
    post = make_post(ana, "I take that back")
    assert "take that back" in get_page(app.test_client(), "/explore").text
    get_page(app.test_client(), f"/post/{post.id}")
    posts.delete(post)
    db.session.commit()
    clock.now = 1.9
    assert "take that back" in get_page(app.test_client(), "/explore").text
    clock.now = 2.0
    assert "take that back" not in get_page(app.test_client(), "/explore").text
    get_page(app.test_client(), f"/post/{post.id}", 404)


def test_members_and_visitors_never_share_a_page(
    app: Flask, client: FlaskClient, ana: User, clock: Clock
) -> None:
    post = make_post(ana)
    menu = f"/post/{post.id}/menu"
    log_in(client, ana)
    for _ in range(2):
        for url in ("/explore", "/user/ana", f"/post/{post.id}"):
            assert get_page(client, url).all("a", href=menu)
            page = get_page(app.test_client(), url)
            assert not page.all("a", href=menu)
            assert "Sign in" in page.text
    # What members see is never kept.
    new = make_post(ana, "Brand new")
    assert get_page(client, "/explore").all("article", id=f"post-{new.id}")


def test_each_language_has_its_own_page(app: Flask, ana: User, clock: Clock) -> None:
    make_post(ana)
    for _ in range(2):
        for language in ("en", "es", "zh"):
            page = get_page(app.test_client(), "/explore", headers={"Accept-Language": language})
            assert page.root.get("lang") == language
        chosen = app.test_client()
        chosen.set_cookie("language", "es", domain="localhost")
        assert get_page(chosen, "/explore", headers={"Accept-Language": "zh"}).root.get("lang") == (
            "es"
        )


def test_each_address_has_its_own_page(app: Flask, ana: User, clock: Clock) -> None:
    app.config["POSTS_PER_PAGE"] = 2
    ids = [make_post(ana).id for _ in range(3)]
    assert len(get_page(app.test_client(), "/explore").all("article")) == 2
    assert len(get_page(app.test_client(), f"/explore?before={ids[1]}").all("article")) == 1
    get_page(app.test_client(), "/explore?before=none", 404)


def test_what_only_one_visitor_may_see_is_not_kept(app: Flask, ana: User, clock: Clock) -> None:
    make_post(ana)
    told = app.test_client()
    # Signing out leaves a notice for the next page.
    log_in(told, ana)
    page = get_page(told, "/auth/logout")
    told.post("/auth/logout", data=page.fields("/auth/logout"))
    assert get_page(told, "/").all("*", class_="notice")
    assert not get_page(app.test_client(), "/").all("*", class_="notice")


@pytest.mark.parametrize(
    "view",
    [
        csrf_token,
        lambda: (random_token(), 200, {"X-For": "one visitor"}),
        lambda: (random_token(), 404),
    ],
    ids=["a token", "a header of its own", "a failure"],
)
def test_a_page_that_may_be_for_one_visitor_is_kept_for_nobody(
    app: Flask, clock: Clock, view: Callable[[], object]
) -> None:
    bodies = set()
    for _ in range(2):
        with app.test_request_context("/explore"):
            bodies.add(app.make_response(kept_for_visitors(view)()).get_data())
    assert len(bodies) == 2


FORMS = ["/auth/login", "/auth/login?next=/messages", "/auth/register"]


@pytest.mark.parametrize("url", FORMS)
def test_forms_are_kept_without_what_protects_them(
    app: Flask, ana: User, clock: Clock, url: str
) -> None:
    one, other = app.test_client(), app.test_client()
    first, second = get_page(one, url), get_page(other, url, statements=0)
    for page in (first, second):
        assert page.response.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" in page.response.headers
    rest = [page.response.get_data(as_text=True) for page in (first, second)]
    for name in ("csrf_token", "stamp") if url == "/auth/register" else ("csrf_token",):
        own = [page.fields(urlsplit(url).path)[name] for page in (first, second)]
        assert len(set(own)) == 2, name
        rest = [text.replace(value, "") for text, value in zip(rest, own, strict=True)]
    assert rest[0] == rest[1]


def test_a_kept_form_works_for_its_visitor_alone(app: Flask, ana: User, clock: Clock) -> None:
    one, other = app.test_client(), app.test_client()
    pages = [get_page(client, "/auth/login") for client in (one, other)]
    texts = {"username": "ana", "password": PASSWORD}
    own, foreign = ({**page.fields("/auth/login"), **texts} for page in reversed(pages))
    assert other.post("/auth/login", data=foreign).status_code == 400
    assert other.post("/auth/login", data=own).location == "/index"


def test_a_closed_site_shows_visitors_nothing_that_was_kept(
    app: Flask, ana: User, clock: Clock
) -> None:
    make_post(ana)
    get_page(app.test_client(), "/explore")
    app.config["PUBLIC_READING"] = False
    assert app.test_client().get("/explore").status_code == 302


def test_nothing_is_kept_where_that_is_switched_off(app: Flask, ana: User) -> None:
    assert app.config["VISITOR_PAGE_SECONDS"] == 0
    get_page(app.test_client(), "/explore")
    make_post(ana, "Brand new")
    assert "Brand new" in get_page(app.test_client(), "/explore").text


def test_two_seconds_are_the_default(tmp_path) -> None:
    with open_site(tmp_path, VISITOR_PAGE_SECONDS="2") as site:
        get_page(site.test_client(), "/explore")
        get_page(site.test_client(), "/explore", statements=0)
