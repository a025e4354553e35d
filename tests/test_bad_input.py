"""No request, however malformed, is our fault: every address, every kind of nonsense, no 5xx."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.lib.urls import safe_path
from app.models import User
from tests.support.bad_input import (
    BODIES,
    COOKIES,
    HEADERS,
    METHODS,
    ORIGINS,
    QUERIES,
    SEGMENTS,
    VALUES,
)
from tests.support.factories import make_post
from tests.support.pages import check_headers, get_page, log_in

pytestmark = pytest.mark.slow


@pytest.fixture(params=["visitor", "ana"])
def browser(request: pytest.FixtureRequest, app: Flask, ana: User) -> FlaskClient:
    """Somebody who sends nonsense: not signed in, and signed in."""
    client = app.test_client()
    make_post(ana)
    if request.param == "ana":
        log_in(client, ana)
    return client


def rules(app: Flask, method: str | None = None) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if method is None or method in rule.methods]


def addresses(app: Flask, method: str | None = None) -> Iterator[str]:
    for rule in rules(app, method):
        arguments = dict.fromkeys(rule.arguments, "1")
        arguments |= {"recipient": "ana", "kind": "mentions"}
        arguments |= {"username": "ana", "name": "tag", "filename": "css/site.css"}
        arguments |= {"direction": "up", "language": "es", "act": "hide", "part": "replies"}
        if rule.endpoint in ("main.site_page", "main.edit_site_page"):
            arguments["name"] = "privacy"
        known = {name: arguments[name] for name in rule.arguments}
        built = rule.build(known, append_unknown=False)
        assert built
        yield built[1]


def check(response: TestResponse, what: object) -> None:
    assert response.status_code < 500, (response.status_code, what)
    for name in ("Cache-Control", "Referrer-Policy", "Content-Security-Policy"):
        assert name in response.headers, (name, response.status_code, what)
    check_headers(response)
    assert "Traceback" not in response.get_data(as_text=True), what
    # Only what Werkzeug itself redirects (doubled slashes) names our own host.
    location = response.headers.get("Location", "/").removeprefix("http://localhost")
    assert location.startswith("/") and safe_path(location), (location, what)


def token_of(client: FlaskClient) -> str:
    is_member = client.get("/settings/privacy").status_code == 200
    url = "/settings/privacy" if is_member else "/auth/login"
    return get_page(client, url).fields(url)["csrf_token"]


def test_every_address_with_every_odd_segment(app, browser):
    for rule in rules(app):
        if not rule.arguments:
            continue
        for segment in SEGMENTS:
            url = "".join(segment if part.startswith("<") else part for part in split(rule.rule))
            for method in ("GET", "POST"):
                check(browser.open(url, method=method), (method, url))


def split(rule: str) -> list[str]:
    """`/post/<int:id>/edit` as its fixed and its variable parts."""
    return rule.replace("<", "\0<").replace(">", ">\0").split("\0")


def test_every_address_with_every_method(app, browser):
    for url in set(addresses(app)):
        for method in METHODS:
            response = browser.open(url, method=method)
            check(response, (method, url))
            if method in ("PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "x"):
                expected = {401} if url.startswith("/api/") else {302, 400, 403}
                assert response.status_code in expected | {405}, (method, url)


def test_every_address_with_every_odd_query(app, browser):
    for url in set(addresses(app, "GET")):
        for query in QUERIES:
            check(browser.get(f"{url}?{query}"), (url, query))


def test_every_form_with_every_odd_value_in_each_field(app, browser):
    token = token_of(browser)
    fields = field_names(browser)
    for url in set(addresses(app, "POST")):
        for value in VALUES:
            data = dict.fromkeys(fields, value) | {"csrf_token": token}
            check(browser.post(url, data=data), (url, value))
        # Signing out may have been among it.
        token = token_of(browser)


def field_names(client: FlaskClient) -> set[str]:
    urls = ["/auth/login", "/auth/register", "/auth/reset_password_request", "/explore", "/index"]
    urls += ["/settings/profile", "/settings/account", "/settings/password", "/settings/privacy"]
    urls += ["/messages/ana"]
    urls += ["/settings/appearance", "/settings/account/close", "/post/1/edit"]
    names: set[str] = set()
    for url in urls:
        response = client.get(url)
        if response.status_code == 200:
            page = get_page(client, url)
            for tag in ("input", "select", "textarea"):
                names |= {str(control.get("name")) for control in page.all(tag)}
    return names - {"csrf_token", "None"}


def test_every_form_with_every_odd_body(app, browser):
    token = token_of(browser)
    for url in set(addresses(app, "POST")):
        for name, (kind, body) in BODIES.items():
            headers = {"Content-Type": kind} if kind else {}
            # The token too, or nothing reads the body.
            for csrf in ({}, {"X-CSRF-Token": token}):
                check(browser.post(url, data=body, headers=headers | csrf), (url, name))
        token = token_of(browser)


def test_every_form_with_files_for_fields(app, browser):
    token = token_of(browser)
    fields = field_names(browser) | {"name", "scope", "days", "seen", "next", "up_to"}
    secret = {name for name in fields if "password" in name}
    for url in set(addresses(app, "POST")) - {"/auth/logout"}:
        for files in (fields, secret, fields - secret):
            data: dict[str, object] = dict.fromkeys(fields, "abc 1234") | {"csrf_token": token}
            data |= {name: (BytesIO(b"hello"), "hello.txt") for name in files}
            check(browser.post(url, data=data, content_type="multipart/form-data"), (url, files))


def test_a_body_that_is_too_large_is_413_and_an_address_that_is_too_long_414(browser):
    body = b"post=" + b"x" * 70_000
    kind = "application/x-www-form-urlencoded"
    assert browser.post("/index", data=body, content_type=kind).status_code == 413
    assert browser.get("/explore?" + "x" * 5000).status_code == 414
    assert browser.get("/" + "x" * 5000).status_code == 414


def test_repeated_fields_are_no_surprise(app, browser):
    token = token_of(browser)
    fields = field_names(browser)
    for url in set(addresses(app, "POST")) - {"/auth/logout"}:
        data = {name: ["1", "2", ""] for name in fields} | {"csrf_token": [token, "x"]}
        check(browser.post(url, data=data), url)


# Whoever is signed in has what these ask for, and is led on.
FOR_VISITORS = (
    *("/auth/login", "/auth/register", "/auth/reset_password"),
    *("/auth/passkey", "/auth/two-factor"),
)


def test_forms_from_elsewhere_are_refused(app, browser):
    token = token_of(browser)
    is_member = browser.get("/index").status_code == 200
    other = app.test_client()
    foreign = token_of(other)
    forms = {url for url in addresses(app, "POST") if not url.startswith("/api/")}
    # The address of an unsubscribe link is what protects it.
    for url in forms - {"/language", "/auth/unsubscribe/1"}:
        for wrong in (None, "", "x", token[:-1], token + "x", foreign, "é", "🙂.x", "." * 300):
            data = {} if wrong is None else {"csrf_token": wrong}
            refused = 302 if is_member and url.startswith(FOR_VISITORS) else 400
            assert browser.post(url, data=data).status_code == refused, (url, wrong)
        for headers in ORIGINS:
            response = browser.post(url, data={"csrf_token": "x"}, headers=headers)
            assert response.status_code in (refused, 403), (url, headers)


def test_odd_headers(app, browser):
    for url in {"/", "/nowhere", *addresses(app, "GET")}:
        for headers in HEADERS:
            response = browser.get(url, headers=headers)
            assert response.status_code < 500, (url, headers)


def test_odd_cookies(app, ana):
    client = app.test_client(use_cookies=False)
    for url in ("/", "/index", "/auth/login", "/settings/profile", "/nowhere", "/user/ana"):
        for cookie in COOKIES:
            check(client.get(url, headers={"Cookie": cookie}), (url, cookie))
            check(client.post(url, headers={"Cookie": cookie}), (url, cookie))


@pytest.fixture
def member(app: Flask, ana: User) -> tuple[FlaskClient, str]:
    """Ana at a browser, and a token of hers; signed in once for all examples of a test."""
    client = app.test_client()
    log_in(client, ana)
    return client, token_of(client)


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)
MANY = settings(
    max_examples=40,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@MANY
@given(ANY_TEXT, ANY_TEXT)
def test_any_words_are_a_post_or_a_form_with_an_error(member, text, title):
    client, token = member
    data = {"csrf_token": token, "post": text, "title": title, "form_key": title[:80]}
    response = client.post("/index", data=data)
    assert response.status_code in (302, 400, 422)
    check(response, (text, title))
    get_page(client, "/index")
    get_page(client, "/user/ana")


@MANY
@given(ANY_TEXT)
def test_any_target_leads_to_this_site(member, target):
    client, token = member
    response = client.post("/unfollow/ana", data={"csrf_token": token, "next": target})
    check(response, target)
    response = client.post("/language", data={"language": "es", "next": target})
    check(response, target)
    assert response.status_code in (302, 400)


@MANY
@given(ANY_TEXT.filter(lambda text: text not in ("", ".", "..") and "/" not in text))
def test_any_tag_or_name_has_one_address_or_none(app, name):
    client = app.test_client()
    for kind in ("tag", "user"):
        response = client.get(f"/{kind}/{quoted(name)}")
        check(response, name)
        if response.status_code in (301, 302):
            again = client.get(response.location)
            assert again.status_code in (200, 404), (name, response.location)


def quoted(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())
