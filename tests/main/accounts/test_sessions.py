"""The list of devices: what it shows, and ending one or all others."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app import db
from app.models import Session, User
from app.services.accounts import sessions
from tests.support.factories import PASSWORD
from tests.support.pages import get_page, log_in, send

LIST = "/settings/sessions"
PHONE = {"User-Agent": "Mozilla/5.0 (Android 15; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0"}


def phone_of(app: Flask, person: User, address: str = "203.0.113.77") -> FlaskClient:
    phone = app.test_client()
    fields = get_page(phone, "/auth/login").fields("/auth/login")
    fields |= {"username": person.username, "password": PASSWORD}
    origin = {"REMOTE_ADDR": address}
    phone.post("/auth/login", data=fields, headers=PHONE, environ_overrides=origin)
    return phone


def newest_id() -> int:
    return db.session.scalar(sa.select(sa.func.max(Session.id)))


def test_the_list_names_devices_coarsely_and_marks_this_one(app, client, ana):
    phone_of(app, ana)
    log_in(client, ana)
    text = get_page(client, LIST).text
    assert "Firefox · Android" in text
    assert "203.0.113.0/24" in text and "203.0.113.77" not in text
    assert text.count("This device") == 1


def test_long_addresses_are_shown_coarsely_too(app, client, ana):
    phone_of(app, ana, "2001:db8:1:2::77")
    log_in(client, ana)
    assert "2001:db8:1::/48" in get_page(client, LIST).text


def test_what_a_browser_says_of_itself_is_text(app, client, ana):
    sessions.start(ana, user_agent='<script>alert(1)</script> Firefox/1 {{7*7}} "', network="x")
    db.session.commit()
    log_in(client, ana)
    assert "<script>alert" not in get_page(client, LIST).response.get_data(as_text=True)


def test_one_device_is_signed_out(app, client, ana):
    phone = phone_of(app, ana)
    target = f"{LIST}/{newest_id()}/end"
    log_in(client, ana)
    assert send(client, LIST, target).location == LIST
    assert phone.get("/index").status_code == 302
    assert client.get("/index").status_code == 200
    assert "Firefox" not in get_page(client, LIST).text


def test_nobody_ends_a_session_of_somebody_else(app, client, ana, ben):
    phone = phone_of(app, ben)
    number = newest_id()
    log_in(client, ana)
    token = get_page(client, LIST).fields("/auth/logout")["csrf_token"]
    for wrong in (number, 0, 2**63 - 1, 2**63, 10**18 * 9):
        response = client.post(f"{LIST}/{wrong}/end", data={"csrf_token": token})
        assert response.status_code == 404
    assert phone.get("/index").status_code == 200


def test_numbers_that_are_none_are_no_page(client, ana):
    log_in(client, ana)
    for wrong in ("-1", "1.0", "x", "１２", "1e3", "0x1", "9" * 30, "%00", "1%20"):
        assert client.post(f"{LIST}/{wrong}/end").status_code in (400, 404), wrong


def test_an_ended_session_cannot_be_ended_again(app, client, ana):
    phone_of(app, ana)
    target = f"{LIST}/{newest_id()}/end"
    log_in(client, ana)
    fields = get_page(client, LIST).fields(target)
    assert client.post(target, data=fields).status_code == 302
    assert client.post(target, data=fields).status_code == 404


def test_all_others_are_signed_out(app, client, ana, ben):
    phones = [phone_of(app, ana) for _ in range(2)]
    stranger = phone_of(app, ben)
    log_in(client, ana)
    send(client, LIST, f"{LIST}/end")
    assert "2 devices were signed out." in get_page(client, LIST).text
    assert [phone.get("/index").status_code for phone in phones] == [302, 302]
    assert client.get("/index").status_code == 200
    assert stranger.get("/index").status_code == 200


def test_without_others_nothing_is_ended(client, ana):
    log_in(client, ana)
    token = get_page(client, LIST).fields("/auth/logout")["csrf_token"]
    assert client.post(f"{LIST}/end", data={"csrf_token": token}).location == LIST
    assert "0 devices" not in get_page(client, LIST).text
    assert client.get("/index").status_code == 200


def test_the_oldest_of_more_than_twenty_devices_is_signed_out(app, client, ana):
    log_in(client, ana)
    for _ in range(19):
        sessions.start(ana)
    db.session.commit()
    assert client.get("/index").status_code == 200
    sessions.start(ana)
    db.session.commit()
    assert client.get("/index").status_code == 302
    assert len(db.session.scalars(Session.open_of(ana)).all()) == 20


def test_sessions_that_ended_long_ago_are_forgotten(client, ana):
    log_in(client, ana)
    send(client, "/auth/logout")
    assert sessions.purge() == 0
    row = db.session.scalars(sa.select(Session)).one()
    row.expires_at -= sessions.ENDED_SESSION_RETENTION
    db.session.commit()
    assert sessions.purge() == 1
