"""Signing in and out: cookies, where it leads, and what stays secret."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.security import generate_password_hash
from werkzeug.test import TestResponse

from app import db
from app.lib.dates import utcnow
from app.lib.tokens import hash_token
from app.models import SecurityEvent, Session, User
from tests.support.factories import PASSWORD, make_user
from tests.support.mailbox import read, templates, waiting
from tests.support.pages import check_page, get_page, log_in_by_form, send
from tests.support.sites import PRODUCTION, open_site

LOGIN = "/auth/login"
FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"}


def session_cookie(response: TestResponse, name: str = "session") -> str:
    found = [text for text in response.headers.getlist("Set-Cookie") if text.startswith(name + "=")]
    assert len(found) == 1, response.headers.getlist("Set-Cookie")
    return found[0]


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/index").status_code == 200


def failure(client: FlaskClient, name: str, password: str) -> tuple[int, str]:
    response = send(client, LOGIN, username=name, password=password)
    body = re.sub(r"[0-9a-f]{16}\.[0-9a-f]{64}", "", response.get_data(as_text=True))
    return response.status_code, body.replace(name, "NAME")


@pytest.mark.parametrize(
    "name", ["ana", "ANA", " ana ", "ana@example.com", "Ana@EXAMPLE.com", "ana＠example.com"]
)
def test_name_and_address_both_open_the_door(client, ana, name):
    assert send(client, LOGIN, username=name, password=PASSWORD).location == "/index"
    assert is_signed_in(client)


def test_every_failure_looks_the_same(client, ana):
    closed = make_user("closed", closed_at=utcnow())
    wrong = failure(client, "ana", "not the password")
    assert wrong[0] == 422
    assert "Wrong username, email, or password." in wrong[1]
    assert failure(client, "nobody", PASSWORD) == wrong
    assert failure(client, "ana@example.com", "not the password") == wrong
    assert failure(client, "nobody@example.com", PASSWORD) == wrong
    assert failure(client, closed.username, "not the password") == wrong
    assert failure(client, "ana", PASSWORD * 100) == wrong


@pytest.mark.parametrize("password", ["", PASSWORD.upper(), " " + PASSWORD, PASSWORD + " "])
def test_a_password_that_is_nearly_right_is_wrong(client, ana, password):
    assert send(client, LOGIN, username="ana", password=password).status_code == 422
    assert not is_signed_in(client)


def test_two_passwords_that_begin_alike_are_two(client):
    make_user("dora", password="x1 " * 60 + "a")
    assert send(client, LOGIN, username="dora", password="x1 " * 60 + "b").status_code == 422


def test_one_letter_typed_in_two_ways_is_one_password(client):
    dora = make_user("dora", password="cafe\u0301 con leche 3")
    log_in_by_form(client, dora, "caf\u00e9 con leche 3")


def test_the_way_back_is_kept_over_a_failed_try(client, ana):
    asked = client.get("/settings/privacy?x=1")
    assert asked.location == "/auth/login?next=/settings/privacy?x%3D1"
    page = get_page(client, asked.location)
    assert page.fields(LOGIN)["next"] == "/settings/privacy?x=1"
    failed = send(client, asked.location, username="ana", password="wrong")
    again = check_page(failed).fields(LOGIN) | {"username": "ana", "password": PASSWORD}
    assert client.post(LOGIN, data=again).location == "/settings/privacy?x=1"


UNSAFE = [
    *["https://evil.example", "//evil.example", "///evil.example", "/\\evil.example"],
    *["\\\\evil.example", "\\/evil.example", "javascript:alert(1)", "data:text/html,x"],
    *["http:evil.example", "https:/evil.example", "/\t/evil.example", "/\n/evil.example"],
    *["\t//evil.example", " //evil.example", "/\r\nSet-Cookie: a=b", "/%0d%0aSet-Cookie:a=b"],
    *["/%2f/evil.example", "/%2fevil.example", "/%5cevil.example", "/%252fevil.example"],
    *["evil.example", "@evil.example", "/\u2215/\u2044evil\\", "/\uff0fevil.example"],
    *["/\x00", "/\u200b/evil.example", "/" + "a" * 3000, "?next=/", "#", "."],
    *["///", "/.//evil.example", "//user@evil.example", "/\u202e//evil.example"],
]


@pytest.mark.parametrize("target", UNSAFE)
def test_an_unsafe_way_back_leads_home(client, ana, target):
    fields = get_page(client, LOGIN).fields(LOGIN)
    fields |= {"username": "ana", "password": PASSWORD, "next": target}
    response = client.post(LOGIN, data=fields)
    if response.status_code == 400:
        assert "\x00" in target
    else:
        assert (response.status_code, response.location) == (302, "/index")


def test_an_unsafe_way_back_never_gets_into_the_form(client):
    page = get_page(client, "/auth/login?next=//evil.example")
    assert page.fields(LOGIN)["next"] == ""


def test_a_session_cookie_ends_with_the_browser(client, ana):
    cookie = session_cookie(log_in_by_form(client, ana))
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
    assert not re.search("Max-Age|Expires|Domain|Secure", cookie)


def test_a_remembered_device_keeps_its_cookie_for_thirty_days(client, ana):
    assert "Max-Age=2592000" in session_cookie(log_in_by_form(client, ana, remember_me="y"))


def test_the_database_does_not_hold_what_the_cookie_holds(client, ana):
    log_in_by_form(client, ana)
    secret = client.get_cookie("session").value
    assert len(secret) >= 43
    row = db.session.scalars(sa.select(Session)).one()
    assert row.token_hash == hash_token(secret)
    assert secret not in repr(vars(row))


def test_signing_in_changes_the_id_and_a_planted_one_is_never_taken_up(client, ana):
    client.set_cookie("session", "planted")
    log_in_by_form(client, ana)
    assert client.get_cookie("session").value != "planted"
    thief = client.application.test_client()
    thief.set_cookie("session", "planted")
    assert not is_signed_in(thief)


def test_signing_in_again_leads_home_and_opens_nothing(client, ana, ben):
    fields = get_page(client, LOGIN).fields(LOGIN)
    log_in_by_form(client, ana)
    assert client.get(LOGIN).location == "/index"
    token = get_page(client, "/settings").fields("/auth/logout")["csrf_token"]
    fields |= {"username": "ben", "password": PASSWORD, "csrf_token": token}
    assert client.post(LOGIN, data=fields).location == "/index"
    assert db.session.scalars(sa.select(Session.user_id)).all() == [ana.id]


def test_signing_out_takes_a_button(client, ana):
    log_in_by_form(client, ana)
    page = get_page(client, "/auth/logout")
    assert page.form("/auth/logout")
    client.head("/auth/logout")
    assert is_signed_in(client)


def test_a_copied_cookie_is_worth_nothing_after_signing_out(client, ana):
    log_in_by_form(client, ana)
    copied = client.get_cookie("session").value
    response = send(client, "/auth/logout")
    assert response.location == "/"
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "You're signed out." in get_page(client, "/").text
    assert "Max-Age=0" in session_cookie(response)
    thief = client.application.test_client()
    thief.set_cookie("session", copied)
    assert thief.get("/index").location.startswith("/auth/login")


def test_a_visitor_may_sign_out_as_often_as_they_like(client):
    assert send(client, "/auth/logout").location == "/"


def test_the_first_zone_of_a_browser_is_kept(client, ana):
    log_in_by_form(client, ana, time_zone="Asia/Tokyo")
    assert db.session.get(User, ana.id).time_zone == "Asia/Tokyo"


def test_a_later_zone_and_one_that_does_not_exist_are_not_kept(app, ana, ben):
    for person, zone in ((ana, "Asia/Tokyo"), (ana, "Europe/Paris"), (ben, "Mars/Olympus")):
        log_in_by_form(app.test_client(), person, time_zone=zone)
    zones = [db.session.get(User, person.id).time_zone for person in (ana, ben)]
    assert zones == ["Asia/Tokyo", None]


def test_the_security_log_says_that_a_password_was_given(client, ana):
    log_in_by_form(client, ana)
    assert db.session.scalars(sa.select(SecurityEvent)).one().facts["method"] == "password"


def test_an_imported_hash_opens_the_door_once_and_is_replaced(client, ana):
    ana.password_hash = generate_password_hash(PASSWORD, "scrypt:1024:8:1")
    db.session.commit()
    log_in_by_form(client, ana)
    assert db.session.get(User, ana.id).password_hash.startswith("$argon2id$v=19$m=8,t=1,p=1$")


def test_hashes_cost_what_they_should_unless_a_test_says_otherwise(tmp_path):
    with open_site(tmp_path) as site:
        site.config["PASSWORD_COST"] = (19_456, 2, 1)
        assert make_user("ana").password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_new_device_is_told_by_mail_and_a_known_one_is_not(app, client, ana):
    log_in_by_form(client, ana)
    assert templates() == []
    other = app.test_client()
    for _ in range(2):
        fields = get_page(other, LOGIN, headers=FIREFOX).fields(LOGIN)
        fields |= {"username": "ana", "password": PASSWORD}
        other.post(LOGIN, data=fields, headers=FIREFOX)
        other.delete_cookie("session")
    assert templates() == ["new_device"]
    assert "Firefox · Linux" in read(waiting("new_device")[0])


def test_a_device_that_somebody_has_used_is_known_in_every_network(client, ana):
    log_in_by_form(client, ana)
    send(client, "/auth/logout")
    fields = get_page(client, LOGIN).fields(LOGIN) | {"username": "ana", "password": PASSWORD}
    client.post(LOGIN, data=fields, environ_overrides={"REMOTE_ADDR": "203.0.113.9"})
    assert is_signed_in(client)
    assert templates() == []


def test_the_same_browser_elsewhere_is_a_new_device(app, client, ana):
    log_in_by_form(client, ana)
    elsewhere = app.test_client()
    fields = get_page(elsewhere, LOGIN).fields(LOGIN) | {"username": "ana", "password": PASSWORD}
    elsewhere.post(LOGIN, data=fields, environ_overrides={"REMOTE_ADDR": "203.0.113.9"})
    assert templates() == ["new_device"]


def test_after_a_long_absence_every_device_is_new(client, ana):
    ana.signed_in_at = utcnow() - timedelta(days=400)
    db.session.commit()
    log_in_by_form(client, ana)
    assert templates() == ["new_device"]


def test_a_closed_account_is_offered_back_to_whoever_knows_its_password(client, ana):
    ana.closed_at = utcnow()
    db.session.commit()
    response = log_in_by_form(client, ana)
    assert response.location.startswith("/auth/reopen/")
    assert not is_signed_in(client)
    assert "closed" in get_page(client, response.location).text
    assert send(client, response.location).location == "/auth/login"
    log_in_by_form(client, ana)
    assert is_signed_in(client)


def test_under_https_all_cookies_are_bound_to_this_very_host(tmp_path):
    with open_site(tmp_path, **PRODUCTION) as site:
        client = site.test_client()
        ana = make_user("ana")
        response = log_in_by_form(client, ana)
        cookies = response.headers.getlist("Set-Cookie")
        assert {cookie.split("=")[0] for cookie in cookies} >= {"__Host-session", "__Host-device"}
        cookies += send(client, "/settings/privacy").headers.getlist("Set-Cookie")
        cookies += send(client, "/auth/logout", None).headers.getlist("Set-Cookie")
        assert any(cookie.startswith("__Host-notice=") for cookie in cookies)
        for cookie in cookies:
            assert cookie.startswith("__Host-")
            for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
                assert flag in cookie
            assert "Domain" not in cookie


def test_a_visitor_reads_whom_they_sign_in_to_follow(app, client, ana):
    link = get_page(client, "/user/ana").all("a", class_="btn-primary")[0].get("href")
    assert "Sign in to follow Ana Duarte." in get_page(client, link).text
    assert "to follow" not in get_page(client, "/auth/login?follow=%3Cb%3Enobody").text
    app.config["PUBLIC_READING"] = False
    assert "Ana" not in get_page(client, link).text


def test_being_asked_to_sign_in_does_not_look_like_a_success(client):
    client.get("/index")
    page = get_page(client, "/auth/login")
    assert "Please sign in to see this page." in page.text
    source = page.response.get_data(as_text=True)
    assert "#info-circle-fill" in source
    assert "#check-lg" not in source
