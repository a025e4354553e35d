"""Confirming an address: needed where mails are sent, by a button, once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import db
from app.lib.dates import utcnow
from app.models import User
from tests.support.factories import PASSWORD, make_post, make_user
from tests.support.mailbox import (
    carry_out,
    carry_out_resets,
    link_in,
    read,
    templates,
    waiting,
)
from tests.support.pages import check_page, get_page, log_in, send

RESEND = "/auth/verify/resend"


@pytest.fixture
def app(app: Flask) -> Flask:
    """As with MAIL_SERVER set."""
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    return app


@pytest.fixture
def dora(app: Flask) -> User:
    """Somebody whose address is not confirmed."""
    return make_user("dora", email_verified_at=None)


def is_verified(person: User) -> bool:
    db.session.expire_all()
    return db.session.get(User, person.id).is_verified


def resend(client: FlaskClient, address: str | None = None) -> int:
    return send(client, RESEND, email=address).status_code


def test_registering_sends_the_link_and_says_so(client):
    values = {"username": "eva", "email": "eva@example.com"}
    password = "correct horse 7 battery"
    send(client, "/auth/register", **values, password=password, password2=password)
    assert send(client, link_in("verify_email")).status_code == 302
    assert is_verified(db.session.scalar(User.named("eva")))


def test_looking_at_the_page_does_not_confirm_and_the_button_does(client, dora):
    log_in(client, dora)
    resend(client)
    path = link_in("verify_email")
    client.head(path)
    page = get_page(client, path)
    assert page.response.headers["Referrer-Policy"] == "no-referrer"
    assert not is_verified(dora)
    assert send(client, path).location == "/welcome"
    assert is_verified(dora)


def test_a_link_works_once(app, client, dora):
    log_in(client, dora)
    resend(client)
    path = link_in("verify_email")
    fields = get_page(client, path).fields(path)
    assert client.post(path, data=fields).status_code == 302
    second = app.test_client().get(path)
    assert second.status_code == 410
    assert "doesn't work anymore" in check_page(second).text
    # Whoever signed in knows that all is well.
    for again in (client.get(path), client.post(path, data=fields)):
        assert again.location == "/index"
    assert "already confirmed" in get_page(client, "/index").text


def test_a_link_works_in_another_browser_without_signing_in_there(app, client, dora, ben):
    log_in(client, dora)
    resend(client)
    other, path = app.test_client(), link_in("verify_email")
    assert send(other, path).location == "/auth/login?next=/welcome"
    assert is_verified(dora)
    assert other.get("/index").status_code == 302


def test_a_link_opened_by_somebody_else_leaves_them_who_they_are(app, client, dora, ben):
    log_in(client, dora)
    resend(client)
    other, path = app.test_client(), link_in("verify_email")
    log_in(other, ben)
    send(other, path)
    assert is_verified(dora)
    assert "Ben Ortega" in get_page(other, "/user/ben").text


def test_a_link_is_good_for_the_address_it_was_sent_to(client, dora):
    log_in(client, dora)
    resend(client)
    old = link_in("verify_email")
    assert resend(client, "dora@example.net") == 302
    assert client.get(old).status_code == 410
    assert send(client, link_in("verify_email")).status_code == 302
    assert db.session.get(User, dora.id).email == "dora@example.net"


def test_whoever_is_not_confirmed_reads_but_does_not_write(client, dora, ben):
    post = make_post(ben)
    log_in(client, dora)
    home = get_page(client, "/index")
    assert home.all("a", href=RESEND)
    get_page(client, f"/post/{post.id}")
    token = home.fields("/auth/logout")["csrf_token"]
    for action in ("/index", "/follow/ben"):
        response = client.post(action, data={"csrf_token": token, "post": "Hello"})
        assert response.location == RESEND, action
    db.session.expire_all()
    assert (
        db.session.get(User, ben.id).followers_count,
        db.session.get(User, dora.id).posts_count,
    ) == (0, 0)


def test_without_a_mail_server_everybody_writes_at_once(app, client, dora):
    app.config["EMAILS_MUST_BE_VERIFIED"] = False
    log_in(client, dora)
    assert send(client, "/index", post="Hello there").status_code == 302
    assert db.session.get(User, dora.id).posts_count == 1


def test_without_a_mail_server_no_session_alone_replaces_an_address(app, client, dora):
    log_in(client, dora)
    page_token = get_page(client, RESEND).fields(RESEND)["csrf_token"]
    app.config["EMAILS_MUST_BE_VERIFIED"] = False
    assert client.get(RESEND).location == "/settings/account"
    client.post(RESEND, data={"csrf_token": page_token, "email": "thief@example.com"})
    assert db.session.get(User, dora.id).email == "dora@example.com"
    assert templates() == []


def test_a_day_after_registering_another_address_takes_the_password(client, dora):
    dora.created_at = utcnow() - timedelta(hours=25)
    db.session.commit()
    log_in(client, dora)
    assert resend(client, "thief@example.com") == 422
    assert resend(client) == 302
    settings = {"email": "right@example.com", "password": "correct horse 7 battery"}
    response = send(client, "/settings/account", "/settings/account/email", **settings)
    assert response.status_code == 302
    assert db.session.get(User, dora.id).email == "right@example.com"
    # The old address may be a stranger's: no link goes there.
    assert [task.payload["to"] for task in waiting()][1:] == ["right@example.com"]
    assert templates() == ["verify_email", "verify_email"]


def test_correcting_to_a_known_address_tells_its_owner_and_nobody_else(client, dora, ana):
    log_in(client, dora)
    assert resend(client, "ANA@example.com") == 302
    page = get_page(client, RESEND)
    assert "We sent you an email" in page.text
    # As for any other address.
    assert page.fields(RESEND)["email"] == "ANA@example.com"
    assert carry_out() == [("You already have an account", "ana@example.com")]
    assert resend(client) == 302
    assert carry_out() == [("You already have an account", "ana@example.com")]
    assert resend(client, "dora@example.com") == 302
    assert carry_out() == [("Confirm your email address", "dora@example.com")]


def test_a_notice_is_sent_after_any_number_of_attempts(client, dora, ana):
    log_in(client, dora)
    resend(client, "ana@example.com")
    (task,) = waiting()
    # The mail server may be away for as many attempts as a job has.
    assert all("already" in read(task) for _ in range(8))


def test_what_is_no_address_is_refused(client, dora):
    log_in(client, dora)
    assert resend(client, "nobody") == 422


def test_three_mails_in_six_hours(app, client, dora):
    app.config["RATELIMIT_ENABLED"] = True
    log_in(client, dora)
    assert [resend(client) for _ in range(4)] == [302, 302, 302, 429]


def test_whoever_is_confirmed_has_nothing_to_do_there(client, ana):
    log_in(client, ana)
    assert client.get(RESEND).location == "/index"


def test_a_mail_to_an_address_that_was_left_is_not_sent(client, dora):
    log_in(client, dora)
    resend(client)
    resend(client, "right@example.com")
    assert [bool(read(task)) for task in waiting("verify_email")] == [False, True]


def test_who_is_not_confirmed_may_leave(client, dora):
    log_in(client, dora)
    send(client, "/settings/account/close", password="correct horse 7 battery")
    assert db.session.get(User, dora.id).closed_at is not None


def test_nothing_but_the_link_goes_to_an_address_that_nobody_confirmed(app, client, dora):
    for number in range(3):
        send_as(app.test_client(), f"Browser {number}", username="dora", password=PASSWORD)
    log_in(client, dora)
    send(client, "/settings/account", "/settings/account/username", username="doris")
    fresh = {"password": "maple otter 12 violin", "password2": "maple otter 12 violin"}
    send(client, "/settings/password", old_password=PASSWORD, **fresh)
    assert send(client, "/settings/export").location == RESEND
    register(app.test_client(), "eva", "dora@example.com")
    send(client, "/settings/account/close", password=fresh["password"])
    assert templates() == ["verify_email"]


def test_an_address_gets_five_links_a_day_whoever_asks(app, ana):
    stranger = "stranger@example.net"
    for number in range(3):
        person = make_user(f"troll{number}", email=f"troll{number}@example.com")
        client = app.test_client()
        log_in(client, person)
        for address in (stranger, stranger.upper(), "stranger@ｅxample.net"):
            values = {"email": address, "password": PASSWORD}
            send(client, "/settings/account", "/settings/account/email", **values)
    for number in range(7):
        register(app.test_client(), f"eva{number}", stranger)
        send(app.test_client(), "/auth/reset_password_request", email=stranger)
    carry_out_resets()
    kinds = Counter(
        task.payload["template"]
        for task in waiting()
        if task.payload["to"].lower() == stranger or "ｅ" in task.payload["to"]
    )
    assert kinds == {"change_email_confirm": 5, "verify_email": 5, "reset_password": 5}


def test_many_new_devices_send_a_confirmed_address_five_notices_a_day(app, ana):
    ana.signed_in_at = utcnow()
    db.session.commit()
    for number in range(7):
        send_as(app.test_client(), f"Browser {number}", username="ana", password=PASSWORD)
    assert templates() == ["new_device"] * 5


def send_as(client: FlaskClient, browser: str, **values: str) -> None:
    fields = get_page(client, "/auth/login").fields("/auth/login") | values
    answer = client.post("/auth/login", data=fields, headers={"User-Agent": browser})
    assert answer.status_code == 302


def register(client: FlaskClient, name: str, address: str) -> None:
    values = {"email": address, "password": PASSWORD, "password2": PASSWORD}
    assert send(client, "/auth/register", username=name, **values).status_code == 302


@pytest.mark.parametrize("address", ["ana@example.com", "ANA@Example.com", "free@example.com"])
def test_a_day_later_the_answer_still_tells_nothing_of_the_address(client, ana, address):
    """Whether the address that somebody gave as theirs has an account."""
    register(client, "eva", address)
    eva = db.session.scalar(User.named("eva"))
    eva.created_at = utcnow() - timedelta(hours=25)
    db.session.commit()
    log_in(client, eva)
    assert resend(client) == 302
    assert resend(client, address.lower()) == 302
    assert resend(client, "other@example.com") == 422
