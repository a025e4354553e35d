"""The audit log as people see it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import db
from app.lib.dates import utcnow
from app.main.forms.audit import ACTION_LABELS
from app.models import AuditEntry, User
from app.services.site import audit
from app.services.site.audit import ACTIONS, COMMAND_LINE, Actor
from tests.support.factories import make_user
from tests.support.pages import Page, get_page, log_in
from tests.support.roles import give_role, make_role

PATHS = ("/admin/audit", "/admin/audit/export.jsonl", "/admin")


@pytest.fixture
def reader(client: FlaskClient) -> User:
    """Somebody who may read the log and nothing else, signed in."""
    person = make_user("reader")
    make_role("Readers", "see_audit_log")
    give_role(person, "readers")
    log_in(client, person)
    return person


def acts(page: Page) -> list[str]:
    return [th.text or "" for th in page.all("th", scope="row")]


def test_every_act_has_its_words() -> None:
    assert set(ACTION_LABELS) == set(ACTIONS)


@pytest.mark.parametrize("path", PATHS)
def test_for_all_others_there_is_no_such_page(app: Flask, client: FlaskClient, path: str) -> None:
    assert client.get(path).location.startswith("/auth/login?next=")
    for role in ("member", "moderator"):
        other = app.test_client()
        log_in(other, make_user(role=role))
        assert other.get(path).status_code == 404
        assert "/admin" not in get_page(other, "/index").response.text


def test_a_permission_counts_and_ends_with_the_next_request(
    client: FlaskClient, reader: User
) -> None:
    page = get_page(client, "/index")
    assert "Administration" in page.text
    assert get_page(client, "/admin").all("a", href="/admin/audit")
    reader.role.permission_names = "write"
    db.session.commit()
    assert client.get("/admin/audit").status_code == 404


def test_the_log_says_who_did_what_to_whom(client: FlaskClient, reader: User, ana: User) -> None:
    audit.record("change_role", COMMAND_LINE, person=ana, target="moderator")
    by = Actor(reader, "198.51.100.0/24", "abc")
    audit.record("end_sessions", by, person=ana, reason="Lost <phone>")
    db.session.commit()
    page = get_page(client, "/admin/audit")
    assert acts(page) == ["Signed out everywhere", "Role changed"]
    for words in ("@ana", "@reader", "The server", "Moderator", "Lost <phone>", "198.51.100.0/24"):
        assert words in page.text
    assert len(page.statements) <= 5


def test_an_empty_log_says_so(client: FlaskClient, reader: User) -> None:
    assert "Nothing yet" in get_page(client, "/admin/audit").text
    assert "No entry matches" in get_page(client, "/admin/audit?action=change_role").text


def test_filters_choose_entries(client: FlaskClient, reader: User, ana: User) -> None:
    audit.record("verify_address", COMMAND_LINE, person=ana)
    audit.record("end_sessions", Actor(reader), person=ana)
    old = AuditEntry(action="create_account", created_at=utcnow() - timedelta(days=40))
    db.session.add(old)
    db.session.commit()
    verified, ended, created = "Address confirmed", "Signed out everywhere", "Account created"
    day = (utcnow() - timedelta(days=40)).date().isoformat()
    for query, expected in {
        "actor=reader": [ended],
        "actor=%230": [created, verified],
        "person=@Ana": [ended, verified],
        "action=verify_address": [verified],
        f"since={day}&until={day}": [created],
        f"until={day}&person=ana": [],
        "actor=&person=&action=&since=&until=": [ended, verified, created],
    }.items():
        assert sorted(acts(get_page(client, f"/admin/audit?{query}"))) == sorted(expected), query


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("actor=nobody", "There's no one here called nobody."),
        ("since=yesterday", "Not a valid date value."),
        ("action=dance", "Not a valid choice."),
    ],
)
@pytest.mark.parametrize("path", PATHS[:2])
def test_a_filter_that_means_nothing_says_so(
    client: FlaskClient, reader: User, path: str, query: str, words: str
) -> None:
    response = client.get(f"{path}?{query}")
    assert response.status_code == 422
    assert words.replace("'", "&#39;") in response.text


def test_a_day_begins_at_midnight_where_the_reader_is(client: FlaskClient, reader: User) -> None:
    reader.time_zone = "America/Lima"
    for minute in (59, 1):
        hour = 4 if minute == 59 else 5
        at = datetime(2026, 3, 2, hour, minute, tzinfo=UTC)
        db.session.add(AuditEntry(action="create_account", created_at=at))
    db.session.commit()
    for day in ("2026-03-01", "2026-03-02"):
        assert len(acts(get_page(client, f"/admin/audit?since={day}&until={day}"))) == 1


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_time_are_no_error(client: FlaskClient, reader: User, day: str) -> None:
    get_page(client, f"/admin/audit?since={day}&until={day}")


def test_a_long_log_has_pages_that_keep_the_filters(
    app: Flask, client: FlaskClient, reader: User, ana: User
) -> None:
    for _ in range(app.config["POSTS_PER_PAGE"] + 1):
        audit.record("verify_address", COMMAND_LINE, person=ana)
    audit.record("end_sessions", COMMAND_LINE, person=ana)
    db.session.commit()
    page = get_page(client, "/admin/audit?action=verify_address")
    assert len(acts(page)) == app.config["POSTS_PER_PAGE"]
    (older,) = page.all("a", rel="next")
    assert len(acts(get_page(client, older.get("href")))) == 1


def test_the_export_has_what_the_filters_choose(
    client: FlaskClient, reader: User, ana: User
) -> None:
    by = Actor(reader, "198.51.100.0/24", "abc")
    audit.record("end_sessions", by, person=ana, reason="Lost 点")
    audit.record("verify_address", COMMAND_LINE, person=ana)
    db.session.commit()
    response = client.get("/admin/audit/export.jsonl?actor=reader")
    assert response.mimetype == "application/jsonl"
    assert response.headers["Content-Disposition"].startswith('attachment; filename="audit-')
    assert "no-store" in response.headers["Cache-Control"]
    (row,) = [json.loads(line) for line in response.text.splitlines()]
    assert (row["actor"], row["person"], row["action"]) == ("reader", "ana", "end_sessions")
    assert (row["reason"], row["network"]) == ("Lost 点", "198.51.100.0/24")


def test_it_is_not_exported_without_end(app: Flask, client: FlaskClient, reader: User) -> None:
    app.config["RATELIMIT_ENABLED"] = True
    url = "/admin/audit/export.jsonl"
    assert [client.get(url).status_code for _ in range(31)] == [200] * 30 + [429]
