"""The log: one line a request, and nothing in it that opens a door."""

from __future__ import annotations

import json
import logging
import re

import pytest
import sqlalchemy as sa

from app import db, outbox
from app.tasks import TASKS
from app.telemetry.log_format import JsonLines, TextLines
from app.web.view_options import public
from tests.support.factories import PASSWORD, make_user
from tests.support.log_capture import logged
from tests.support.pages import get_page, log_in, log_in_by_form, send
from tests.support.sites import PRODUCTION, open_site, open_sqlite_site

pytestmark = pytest.mark.slow

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
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    dora = make_user("dora", email=f"{CANARY}@example.com", password=f"{CANARY} and more words")
    with logged(app) as book:
        send(client, "/auth/login", username=f"{CANARY}@example.com", password="wrong " + CANARY)
        log_in_by_form(client, dora, f"{CANARY} and more words")
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
def test_a_path_cannot_make_a_second_line_or_a_color(app, client, path):
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

        site.add_url_rule("/broken", "broken", public(broken))
        with logged(site) as book:
            response = site.test_client().get("/broken")
        assert response.status_code == 500
        text = response.get_data(as_text=True)
        assert response.headers["X-Request-ID"] in text
        assert "no luck" not in text and "Traceback" not in text
        assert book.getvalue().count("RuntimeError: no luck with") >= 1
        assert PASSWORD not in book.getvalue()


@pytest.fixture
def json_site(tmp_path):
    with open_sqlite_site(tmp_path, LOG_FORMAT="json") as site:
        site.add_url_rule("/broken", "broken", public(break_loudly))
        yield site


def break_loudly() -> str:
    raise RuntimeError("one\ntwo\x1b[31m")


def rows_of(book):
    return [json.loads(line) for line in book.getvalue().splitlines()]


def test_the_line_of_a_member_names_the_member(json_site):
    ana = make_user("ana")
    client = json_site.test_client()
    log_in(client, ana)
    with logged(json_site) as book:
        client.get("/explore")
    (row,) = rows_of(book)
    assert (row["user_id"], row["route"], row["level"]) == (ana.id, "main.explore", "info")


def test_a_failure_is_one_line_with_its_trace(json_site):
    with logged(json_site) as book:
        name = json_site.test_client().get("/broken").headers["X-Request-ID"]
    (row,) = rows_of(book)
    assert (row["request_id"], row["level"], row["status"]) == (name, "error", 500)
    assert row["error"] == "RuntimeError: one\ntwo\x1b[31m"
    assert row["trace"].startswith("Traceback") and "break_loudly" in row["trace"]
    assert "\x1b" not in book.getvalue()


def test_a_pause_is_one_line_without_a_trace(json_site):
    db.session.execute(sa.text("DROP TABLE post"))
    db.session.commit()
    with logged(json_site) as book:
        assert json_site.test_client().get("/explore").status_code == 503
    (row,) = rows_of(book)
    assert (row["level"], row["error"]) == ("error", "OperationalError: no such table: post")
    assert "trace" not in row


def test_what_happens_has_a_name(json_site):
    client = json_site.test_client()
    dora = make_user("dora")
    with logged(json_site) as book:
        send(client, "/auth/login", username="dora", password="wrong words here")
        log_in_by_form(client, dora)
        client.post("/settings/sessions/end", headers={"Sec-Fetch-Site": "cross-site"})
        client.post("/settings/sessions/end", data={"csrf_token": "a.b"})
        send(client, "/auth/logout")
    events = [row for row in rows_of(book) if row["event"] != "request"]
    assert [(row["event"], row["level"], row["user_id"]) for row in events] == [
        ("authn_login_fail", "warning", None),
        ("authn_login_success", "info", dora.id),
        # Refused before anybody asked who it was.
        ("authz_fail", "warning", None),
        ("csrf_fail", "warning", dora.id),
        ("session_ended", "info", dora.id),
    ]


def test_a_limit_that_is_reached_is_noted(json_site):
    json_site.config["RATELIMIT_ENABLED"] = True
    client = json_site.test_client()
    with logged(json_site) as book:
        for _ in range(11):
            send(client, "/auth/login", username="nobody", password="wrong")
    names = [row["event"] for row in rows_of(book)]
    assert names.count("authn_login_fail") == 10
    assert names.count("excess_rate_limit_exceeded") == 1


def test_the_lines_of_a_job_name_the_job(json_site, monkeypatch):
    monkeypatch.setitem(TASKS, "chat", lambda _job: json_site.logger.info("half %d%%", 50))
    job_id = outbox.put("chat", {})
    db.session.commit()
    with logged(json_site) as book:
        assert json_site.test_cli_runner().invoke(args=["worker", "--once"]).exit_code == 0
    said, done = rows_of(book)
    assert (said["event"], said["message"], said["job_id"]) == ("message", "half 50%", job_id)
    assert (done["event"], done["job"], done["job_id"]) == ("job_done", "chat", job_id)


@pytest.mark.parametrize(("settings", "form"), [({}, TextLines), (PRODUCTION, JsonLines)])
def test_a_live_site_writes_for_programs(tmp_path, settings, form):
    with open_site(tmp_path, **settings) as site:
        assert isinstance(site.logger.handlers[0].formatter, form)


def test_a_quiet_log_still_tells_of_failures(tmp_path):
    with open_site(tmp_path, LOG_LEVEL="ERROR") as site:
        site.add_url_rule("/broken", "broken", public(break_loudly))
        with logged(site) as book:
            site.test_client().get("/explore")
            site.test_client().get("/broken")
        assert "GET /explore" not in book.getvalue()
        assert "GET /broken 500" in book.getvalue()


@pytest.mark.parametrize(
    ("settings", "is_terminal", "level"),
    [
        ({}, False, "INFO"),
        ({}, True, "WARNING"),
        ({"LOG_LEVEL": "INFO"}, True, "INFO"),
        ({"LOG_LEVEL": "ERROR"}, True, "ERROR"),
        (PRODUCTION, True, "INFO"),
    ],
)
def test_a_terminal_shows_problems_alone_and_everything_else_is_complete(
    tmp_path, monkeypatch, settings, is_terminal, level
):
    monkeypatch.setattr("sys.stdout.isatty", lambda: is_terminal, raising=False)
    with open_site(tmp_path, **settings) as site:
        assert logging.getLevelName(site.logger.handlers[0].level) == level
        assert site.logger.level == logging.INFO if level != "ERROR" else logging.ERROR
