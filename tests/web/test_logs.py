"""The log: one line a request, and nothing in it that opens a door."""

from __future__ import annotations

import re

import pytest

from tests.factories import PASSWORD, make_user
from tests.logbook import logged
from tests.pages import get_page, log_in, send
from tests.sites import open_site

CANARY = "canary-7431"


def test_a_request_is_one_line_with_the_name_that_the_answer_carries(app, client):
    with logged(app) as book:
        response = client.get("/explore?x=" + CANARY)
    (line,) = book.getvalue().splitlines()
    name = response.headers["X-Request-ID"]
    assert re.search(rf" INFO app {name} GET /explore 200 \d+ ms$", line)
    assert CANARY not in line


def test_files_and_questions_for_health_leave_no_line(app, client):
    asset = get_page(client, "/").all("link", rel="stylesheet")[0].get("href")
    with logged(app) as book:
        client.get(asset)
        client.get("/healthz")
    assert book.getvalue() == ""


def test_no_password_token_or_address_gets_into_it(app, client):
    dora = make_user("dora", email=f"{CANARY}@example.com", password=f"{CANARY} and more words")
    with logged(app) as book:
        send(client, "/auth/login", username=f"{CANARY}@example.com", password="wrong " + CANARY)
        log_in(client, dora, f"{CANARY} and more words")
        cookie = client.get_cookie("session").value
        values = {"old_password": CANARY, "password": CANARY, "password2": CANARY}
        send(client, "/settings/password", **values)
        send(client, "/auth/logout")
        send(client, "/auth/reset_password_request", email=f"{CANARY}@example.com")
        client.get("/", headers={"Authorization": f"Bearer {CANARY}", "Referer": f"/{CANARY}"})
        client.get("/auth/login?next=/" + CANARY)
    assert book.getvalue().count("\n") >= 10
    assert CANARY not in book.getvalue() and cookie not in book.getvalue()


@pytest.mark.parametrize(
    "path",
    ["/user/a%0Ab", "/user/a%0D%0A2026 INFO app forged", "/user/%1b[31mred", "/user/a%E2%80%A8b"],
)
def test_a_path_cannot_make_a_second_line_or_a_colour(app, client, path):
    with logged(app) as book:
        client.get(path)
    assert len(book.getvalue().splitlines()) == 1
    assert "\x1b" not in book.getvalue()


def test_what_looks_like_a_pattern_is_text(app, client):
    with logged(app) as book:
        client.get("/user/%25s%25(x)s{0.__class__}{{7*7}}")
    assert "/user/%s%(x)s{0.__class__}{{7*7}} 404" in book.getvalue()


def test_a_failure_is_noted_once_with_its_trace_and_the_page_tells_its_name(tmp_path):
    with open_site(tmp_path) as site:

        def broken() -> None:
            password = PASSWORD
            raise RuntimeError(f"no luck with {len(password)} letters")

        broken.access = "public"
        site.add_url_rule("/broken", "broken", broken)
        with logged(site) as book:
            response = site.test_client().get("/broken")
        assert response.status_code == 500
        text = response.get_data(as_text=True)
        assert response.headers["X-Request-ID"] in text
        assert "no luck" not in text and "Traceback" not in text
        assert book.getvalue().count("RuntimeError: no luck with") >= 1
        assert PASSWORD not in book.getvalue()
