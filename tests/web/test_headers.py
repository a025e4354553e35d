"""The headers of every answer: pages, errors, redirects, files; plain, under https, by proxy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import db
from app.web.view_options import public
from tests.support.factories import make_post, make_user
from tests.support.pages import check_headers, check_page, get_page, log_in, send
from tests.support.sites import PRODUCTION, open_site

HSTS = "max-age=63072000"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "object-src 'none'; manifest-src 'self'"
)
OTHERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}


@pytest.fixture(scope="module")
def https_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("https")


@pytest.fixture
def https_site(https_folder: Path) -> Iterator[Flask]:
    with open_site(
        https_folder, **PRODUCTION, PROXY_HOPS="1", TRUSTED_HOSTS="www.example.org"
    ) as site:
        yield site


def asset(client: FlaskClient) -> str:
    return get_page(client, "/").all("link", rel="stylesheet")[0].get("href")


def check_all(response: TestResponse, status: int, policy: str = POLICY) -> None:
    assert response.status_code == status
    assert response.headers.getlist("Content-Security-Policy") == [policy]
    for name, value in OTHERS.items():
        assert response.headers.getlist(name) == [value], name
    for name in ("Server", "X-Powered-By", "Access-Control-Allow-Origin", "Refresh"):
        assert name not in response.headers
    assert response.headers["Cache-Control"]
    assert response.headers["X-Request-ID"]
    if response.data:
        assert "charset=utf-8" in response.headers["Content-Type"]


def test_every_status_carries_all_headers(app, client, ana):
    app.config["RATELIMIT_ENABLED"] = True
    token = get_page(client, "/auth/login").fields("/auth/login")["csrf_token"]
    form = {"csrf_token": token, "username": "nobody", "password": "x"}
    check_all(client.get("/"), 200)
    check_all(client.head("/"), 200)
    check_all(client.get("/settings"), 302)
    check_all(client.get(asset(client)), 200)
    check_all(client.get("/static/v-x/../../config.py"), 404)
    check_all(client.get("/nothing/here"), 404)
    check_all(client.post("/auth/login", data={}), 400)
    check_all(client.post("/auth/login", data=form, headers={"Sec-Fetch-Site": "cross-site"}), 403)
    check_all(client.put("/auth/login"), 405)
    check_all(client.open("/", method="TRACE"), 405)
    check_all(client.post("/auth/login", data={"csrf_token": "x" * 70_000}), 413)
    check_all(client.get("/?" + "x" * 5000), 414)
    check_all(client.options("/"), 200)
    for _ in range(10):
        check_all(client.post("/auth/login", data=form), 422)
    check_all(client.post("/auth/login", data=form), 429)


def test_a_failure_of_ours_carries_all_headers(tmp_path):
    with open_site(tmp_path) as site:
        site.add_url_rule("/broken", "broken", lambda: 1 // 0)
        site.add_url_rule("/away", "away", lambda: abort(503))
        for view in ("broken", "away"):
            public(site.view_functions[view])
        client = site.test_client()
        check_all(client.get("/broken"), 500)
        away = client.get("/away")
        check_all(away, 503)
        assert away.headers["Retry-After"] == "5"


@pytest.mark.parametrize("tag", ["etag", "anything"])
def test_a_page_that_a_visitor_has_is_confirmed_without_its_body(client, ana, tag):
    make_post(ana)
    first = client.get("/")
    assert first.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert {"Cookie", "Accept-Language"} <= {
        name.strip() for name in first.headers["Vary"].split(",")
    }
    known = first.headers["ETag"] if tag == "etag" else '"x"'
    second = client.get("/", headers={"If-None-Match": known})
    assert second.status_code == (304 if tag == "etag" else 200)
    check_headers(second)


def test_a_page_of_a_member_is_kept_by_nobody(client, ana):
    log_in(client, ana)
    for address in ("/", "/index", "/explore", "/user/ana", "/settings", "/nothing"):
        assert client.get(address).headers["Cache-Control"] == "no-store", address
    assert client.get("/", headers={"If-None-Match": "*"}).status_code == 200


def test_a_page_with_a_form_or_a_notice_is_kept_by_nobody(client):
    assert client.get("/auth/login").headers["Cache-Control"] == "no-store"
    client.get("/settings")
    assert client.get("/auth/login").headers["Cache-Control"] == "no-store"
    client.get("/settings")
    noticed = client.get("/")
    assert "Please sign in" in noticed.get_data(as_text=True)
    assert noticed.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/auth/login", "/auth/register", "/auth/logout"])
def test_a_form_is_kept_by_nobody_in_a_browser_that_had_one_before_either(client, path):
    get_page(client, "/auth/login")
    response = client.get(path)
    assert "Set-Cookie" not in response.headers
    assert response.headers["Cache-Control"] == "no-store"


def test_files_are_kept_for_a_year_under_an_address_of_their_content(client):
    address = asset(client)
    response = client.get(address)
    kept = response.headers["Cache-Control"]
    assert {part.strip() for part in kept.split(",")} == {"public", "max-age=31536000", "immutable"}
    assert "Set-Cookie" not in response.headers
    assert "Cookie" not in response.headers.get("Vary", "")


def test_head_says_what_get_says(client, ana):
    for address in ("/", "/user/ana", "/explore", "/nothing", "/settings"):
        full, bare = client.get(address), client.head(address)
        assert bare.data == b""
        assert bare.status_code == full.status_code
        names = set(full.headers.keys()) ^ set(bare.headers.keys())
        assert names <= {"Set-Cookie"}, address


@pytest.mark.parametrize(
    "path",
    [
        *["/.env", "/.git/config", "/config", "/config.py", "/metrics", "/console", "/debug"],
        *["/instance/app.db", "/static/", "/static/v-x/", "/server-status", "/wp-login.php"],
        *["/static/v-x/%2e%2e/%2e%2e/config.py", "/static/v-x/..%2f..%2fconfig.py"],
    ],
)
def test_nothing_lies_about(client, path):
    assert client.get(path).status_code == 404


def test_under_https_browsers_are_told_to_stay_there(https_site):
    client = https_site.test_client()
    for address, status in (("/", 200), ("/nothing", 404), ("/settings", 302)):
        response = client.get(address)
        check_all(response, status, POLICY + "; upgrade-insecure-requests")
        assert response.headers.getlist("Strict-Transport-Security") == [HSTS]
    check_page(client.get("/"))


def test_subdomains_are_spoken_for_only_by_a_setting(https_site):
    https_site.config["HSTS_SUBDOMAINS"] = True
    response = https_site.test_client().get("/")
    assert response.headers["Strict-Transport-Security"] == f"{HSTS}; includeSubDomains"


def test_without_https_nothing_is_said_of_it(client):
    assert "Strict-Transport-Security" not in client.get("/").headers


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/", "/explore?before=3&x=%C3%A9", "/nothing", "/auth/login"])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_a_plain_request_behind_a_proxy_is_sent_to_https(https_site, path, method):
    client = https_site.test_client()
    plain = {"X-Forwarded-Proto": "http", "X-Forwarded-For": "192.0.2.1"}
    response = client.open(path, method=method, headers=plain)
    assert response.status_code == 308
    assert response.location == f"https://blog.example.org{path}"
    assert response.headers.getlist("Strict-Transport-Security") == [HSTS]
    assert "Set-Cookie" not in response.headers


def test_whoever_asks_for_health_needs_no_https(https_site):
    plain = {"X-Forwarded-Proto": "http"}
    assert https_site.test_client().get("/healthz", headers=plain).status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize(
    "host",
    ["evil.example", "blog.example.org.evil.example", "evil.example:443", "127.0.0.1", "a b"],
)
@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/auth/login", "/static/v-x/js/main.js", "/settings"]
)
def test_a_host_that_is_not_ours_gets_no_page(https_site, host, path):
    client = https_site.test_client()
    for headers in ({"Host": host}, {"X-Forwarded-Host": host}):
        response = client.get(path, headers=headers)
        check_all(response, 400, POLICY + "; upgrade-insecure-requests")
        assert host not in response.get_data(as_text=True)


@pytest.mark.parametrize("host", ["blog.example.org", "www.example.org", "blog.example.org:443"])
def test_every_host_that_is_ours_is_answered(https_site, host):
    assert https_site.test_client().get("/", headers={"Host": host}).status_code == 200


def test_a_laptop_answers_to_every_host_and_builds_nothing_from_it(client):
    response = client.get("/settings", base_url="http://my-laptop.local:5000")
    assert response.location.startswith("/auth/login")


def test_a_program_is_not_sent_to_https_but_refused(https_site):
    plain = {"X-Forwarded-Proto": "http", "X-Forwarded-For": "192.0.2.1"}
    response = https_site.test_client().get("/api/me", headers=plain)
    assert response.status_code == 403
    assert response.mimetype == "application/problem+json"


def test_headers_of_a_stranger_do_not_count_without_a_proxy(tmp_path):
    with open_site(tmp_path, **PRODUCTION) as site:
        client = site.test_client()
        forged = {"X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example"}
        assert client.get("/", headers=forged).status_code == 200
        plain = client.get(
            "/", base_url="http://blog.example.org", headers={"X-Forwarded-Proto": "https"}
        )
        assert plain.status_code == 308


@pytest.mark.slow
def test_reading_twice_changes_nothing(client, ana, ben):
    """GET and HEAD of every link that a member sees, twice."""
    make_post(ben, "Read me #often")
    log_in(client, ana)
    before = snapshot()
    seen, waiting = set(), ["/", "/index", "/settings", "/auth/logout", "/user/ben"]
    while waiting:
        address = waiting.pop()
        if address in seen or len(seen) > 60:
            continue
        seen.add(address)
        client.head(address)
        response = client.get(address)
        if response.mimetype == "text/html" and response.status_code == 200:
            links = check_page(response).all("a")
            waiting += [a.get("href") for a in links if (a.get("href") or "").startswith("/")]
    assert len(seen) > 15
    assert snapshot() == before


def snapshot() -> dict[str, list]:
    db.session.expire_all()
    return {
        table.name: [tuple(row) for row in db.session.execute(table.select())]
        for table in db.metadata.sorted_tables
    }


def test_the_page_of_a_rare_error_still_has_one_heading_and_a_way_on(client):
    token = get_page(client, "/auth/login").fields("/auth/login")["csrf_token"]
    for response in (
        client.get("/nothing"),
        client.post("/auth/login", data={"csrf_token": "x"}),
        client.put("/auth/login"),
        client.post("/auth/login", data={"csrf_token": token, "password": "x" * 70_000}),
        client.get("/?" + "x" * 5000),
    ):
        assert check_page(response).all("a")


def test_signed_in_people_get_error_pages_of_their_own(client):
    log_in(client, make_user("dora", theme="dark", language="es"))
    page = get_page(client, "/nothing", 404)
    assert page.root.get("lang") == "es"
    assert send(client, "/auth/logout").status_code == 302
