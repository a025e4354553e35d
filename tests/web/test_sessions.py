"""The session behind the cookie: how long it lives, how it changes, what is noted of its use."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy import event

from app import db
from app.lib.dates import utcnow
from app.models import Session, User
from app.services.accounts import sessions
from tests.support.databases import sqlite_in
from tests.support.factories import make_user
from tests.support.pages import counted_statements, get_page, log_in_by_form, send
from tests.support.sites import open_site

IMPATIENT = "PRAGMA busy_timeout=20"


def session_row() -> Session:
    db.session.expire_all()
    return db.session.scalars(sa.select(Session).order_by(Session.id.desc())).first()


def let_pass(**period: Any) -> None:
    """Move everything that was noted of the newest session into the past."""
    row, past = session_row(), timedelta(**period)
    for name in ("created_at", "rotated_at", "last_used_at", "expires_at"):
        setattr(row, name, getattr(row, name) - past)
    db.session.commit()


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/settings").status_code == 200


def last_seen(person: User) -> Any:
    db.session.expire_all()
    return db.session.get(User, person.id).last_seen


def test_a_page_still_works_after_five_minutes(client, ana):
    log_in_by_form(client, ana)
    for minutes in (4, 2, 6, 60, 23 * 60):
        let_pass(minutes=minutes)
        assert is_signed_in(client), minutes


def test_a_day_without_use_ends_a_session(client, ana):
    log_in_by_form(client, ana)
    let_pass(hours=24, minutes=1)
    assert not is_signed_in(client)


def test_use_keeps_a_session_alive(client, ana):
    log_in_by_form(client, ana)
    for _ in range(4):
        let_pass(hours=20)
        assert is_signed_in(client)


def test_a_remembered_device_stays_for_thirty_days_and_no_longer(client, ana):
    log_in_by_form(client, ana, remember_me="y")
    for _ in range(29):
        let_pass(days=1, minutes=1)
        assert is_signed_in(client)
    let_pass(days=1)
    assert not is_signed_in(client)


def test_a_longer_life_written_into_the_cookie_changes_nothing(client, ana):
    log_in_by_form(client, ana)
    client.set_cookie("session", client.get_cookie("session").value, max_age=10**9)
    let_pass(hours=25)
    assert not is_signed_in(client)


@pytest.mark.parametrize("role", ["moderator", "admin"])
def test_staff_are_signed_out_after_half_an_hour_and_after_half_a_day(client, role):
    boss = make_user("boss", role=role)
    log_in_by_form(client, boss, remember_me="y")
    assert not session_row().is_remembered
    let_pass(minutes=31)
    assert not is_signed_in(client)
    log_in_by_form(client, boss)
    for _ in range(25):
        let_pass(minutes=28)
        assert is_signed_in(client)
    let_pass(minutes=28)
    assert not is_signed_in(client)


def test_a_remembered_id_changes_every_day_and_the_old_one_serves_open_tabs(client, ana):
    log_in_by_form(client, ana, remember_me="y")
    old = client.get_cookie("session").value
    let_pass(hours=25)
    assert is_signed_in(client)
    assert client.get_cookie("session").value != old
    tab = client.application.test_client()
    tab.set_cookie("session", old)
    assert is_signed_in(tab)
    assert tab.get_cookie("session").value == old
    assert is_signed_in(client)


def test_a_form_that_was_open_while_the_id_changed_still_counts(client, ana):
    log_in_by_form(client, ana, remember_me="y")
    fields = get_page(client, "/settings/privacy").fields("/settings/privacy")
    let_pass(hours=25)
    is_signed_in(client)
    assert client.post("/settings/privacy", data=fields).status_code == 302


def test_an_id_that_comes_back_after_it_was_replaced_ends_the_session(client, ana):
    log_in_by_form(client, ana, remember_me="y")
    thief = client.application.test_client()
    thief.set_cookie("session", client.get_cookie("session").value)
    let_pass(hours=25)
    assert is_signed_in(client)
    let_pass(seconds=61)
    assert not is_signed_in(thief)
    assert not is_signed_in(client)


def test_a_session_that_is_not_remembered_keeps_its_id(client, ana):
    log_in_by_form(client, ana)
    old = client.get_cookie("session").value
    let_pass(hours=23)
    is_signed_in(client)
    assert client.get_cookie("session").value == old


def test_two_tabs_at_once_replace_an_id_once(client, ana):
    log_in_by_form(client, ana, remember_me="y")
    let_pass(hours=25)
    row = session_row()
    first, second = sessions.touch(row.id), sessions.touch(row.id)
    assert first is not None and second is None


def test_a_request_that_ran_while_its_session_was_ended_does_not_revive_it(client, ana):
    log_in_by_form(client, ana)
    let_pass(hours=1)
    row = session_row()
    sessions.end_all(ana)
    db.session.commit()
    assert sessions.touch(row.id) is None
    db.session.commit()
    assert not is_signed_in(client)


def test_use_is_written_down_at_most_once_in_five_minutes(client, ana):
    log_in_by_form(client, ana)
    let_pass(minutes=4)
    get_page(client, "/settings")
    let_pass(minutes=2)
    with counted_statements() as ran:
        client.get("/settings")
        client.get("/settings")
    assert len([sql for sql in ran if sql.startswith("UPDATE session")]) == 1
    assert len([sql for sql in ran if sql.startswith("UPDATE")]) == 2


def test_signing_in_and_coming_back_are_seen(client, ana):
    log_in_by_form(client, ana)
    first = last_seen(ana)
    assert utcnow() - first < timedelta(minutes=1)
    let_pass(minutes=6)
    client.get("/settings")
    assert last_seen(ana) > first


def test_whoever_hides_it_is_not_seen(client, ana):
    log_in_by_form(client, ana)
    page = get_page(client, "/settings/privacy")
    fields = page.fields("/settings/privacy")
    assert fields.pop("shows_last_seen")
    client.post("/settings/privacy", data=fields)
    assert last_seen(ana) is None
    let_pass(minutes=6)
    client.get("/settings")
    send(client, "/auth/logout")
    log_in_by_form(client, ana)
    assert last_seen(ana) is None


def test_files_pictures_and_scripts_that_ask_again_are_no_use(client, ana):
    log_in_by_form(client, ana)
    asset = get_page(client, "/settings").all("link", rel="stylesheet")[0].get("href")
    let_pass(minutes=6)
    with counted_statements() as ran:
        assert client.get(asset).status_code == 200
    assert ran == []
    client.get("/notifications", headers={"X-Poll": "1"})
    with counted_statements() as ran:
        client.get("/user/ana/avatar.svg")
    assert not [sql for sql in ran if sql.startswith("UPDATE")]
    assert utcnow() - session_row().last_used_at > timedelta(minutes=5)


def test_no_header_hides_that_a_page_is_used(client, ana):
    log_in_by_form(client, ana)
    let_pass(minutes=6)
    client.get("/settings", headers={"X-Poll": "1"})
    assert utcnow() - session_row().last_used_at < timedelta(minutes=1)


def test_a_page_that_fails_is_a_use_and_does_not_fail_again(client, ana):
    log_in_by_form(client, ana)
    let_pass(minutes=6)
    assert client.get("/user/nobody").status_code == 404
    assert utcnow() - session_row().last_used_at < timedelta(minutes=1)


def test_an_error_of_a_form_is_not_written_down_with_the_use(client, ana, ben):
    log_in_by_form(client, ana)
    action = "/settings/account/username"
    fields = get_page(client, "/settings/account").fields(action) | {"username": "ben"}
    let_pass(minutes=6)
    assert client.post(action, data=fields).status_code == 422
    assert session_row().last_used_at > utcnow() - timedelta(minutes=1)
    assert db.session.scalar(sa.text("select count(*) from former_username")) == 0


@pytest.mark.parametrize("value", ["", "x", "a" * 3000, "%00", "é", "../..", "' OR 1=1 --"])
def test_rubbish_in_the_cookie_is_a_visitor(client, value):
    client.set_cookie("session", value)
    assert client.get("/").status_code == 200
    assert client.get("/settings").status_code == 302


def test_a_visitor_who_reads_gets_no_cookie_and_asks_the_database_for_no_session(client, ana):
    for address in ("/", "/explore", "/user/ana"):
        page = get_page(client, address)
        assert "Set-Cookie" not in page.response.headers
        assert not [sql for sql in page.statements if "FROM session" in sql]


@pytest.mark.parametrize("change", ["close", "reset"])
def test_leaving_and_a_new_password_end_every_session_at_the_next_request(app, ana, change):
    browsers = [app.test_client() for _ in range(3)]
    for number, browser in enumerate(browsers):
        log_in_by_form(browser, ana, remember_me="y" if number else None)
    if change == "close":
        ana.closed_at = utcnow()
    else:
        sessions.end_all(ana)
    db.session.commit()
    assert not any(is_signed_in(browser) for browser in browsers)


def test_a_page_is_shown_although_its_use_cannot_be_written_down(tmp_path):
    # Only SQLite has one lock for all writers.
    with open_site(tmp_path, DATABASE_URL=sqlite_in(tmp_path)) as site:
        event.listen(db.engine, "checkout", lambda dbapi, *_: dbapi.execute(IMPATIENT))
        client = site.test_client()
        log_in_by_form(client, make_user("ana"))
        let_pass(minutes=6)
        before = session_row().last_used_at
        db.session.rollback()
        with db.engine.connect() as other:
            other.exec_driver_sql("UPDATE user SET about_me = 'busy'")
            assert is_signed_in(client)
        assert session_row().last_used_at == before
        assert is_signed_in(client)
        assert session_row().last_used_at > before
