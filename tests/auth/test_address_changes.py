"""Another e-mail address: asked for with the password, confirmed there, taken back here."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import db
from app.lib.dates import utcnow
from app.models import Task, User
from app.services.accounts import emails, links
from app.services.accounts.links import Purpose
from app.services.errors import GoneError
from tests.support.factories import PASSWORD, make_user
from tests.support.mailbox import carry_out_resets, link_in, read, templates, waiting
from tests.support.pages import check_page, get_page, log_in, log_in_by_form, send

pytestmark = pytest.mark.slow

ACCOUNT = "/settings/account"
NEW = "ana@example.net"


@pytest.fixture
def app(app: Flask) -> Flask:
    """As with MAIL_SERVER set."""
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    return app


def change(client: FlaskClient, address: str = NEW, password: str = PASSWORD) -> TestResponse:
    return send(client, ACCOUNT, f"{ACCOUNT}/email", email=address, password=password)


def confirm(client: FlaskClient) -> TestResponse:
    return send(client, link_in("change_email_confirm"))


def address_of(person: User) -> str:
    db.session.expire_all()
    return db.session.get(User, person.id).email


def test_a_change_waits_until_the_new_address_confirms(client, ana):
    log_in(client, ana)
    assert change(client).status_code == 302
    page = get_page(client, ACCOUNT)
    assert f"We sent an email to {NEW}" in page.text
    assert address_of(ana) == "ana@example.com"
    sent = [(task.payload["template"], task.payload["to"]) for task in waiting()]
    assert sent == [("change_email_notice", "ana@example.com"), ("change_email_confirm", NEW)]
    get_page(client, link_in("change_email_confirm"))
    assert address_of(ana) == "ana@example.com"
    assert confirm(client).status_code == 302
    assert address_of(ana) == NEW
    assert waiting("email_changed")[0].payload["to"] == NEW
    assert "We sent an email to" not in get_page(client, ACCOUNT).text


def test_without_mail_the_address_changes_at_once(app, client, ana, ben):
    app.config["EMAILS_MUST_BE_VERIFIED"] = False
    log_in(client, ana)
    assert "already an account" in check_page(change(client, ben.email)).text
    assert change(client).status_code == 302
    assert address_of(ana) == NEW
    page = get_page(client, ACCOUNT)
    assert "Your email address has changed." in page.text
    assert "mail to" not in page.text
    assert templates() == []


def test_a_reset_goes_to_the_old_address_while_the_change_waits(app, client, ana):
    log_in(client, ana)
    change(client)
    for address in (NEW, "ana@example.com"):
        send(app.test_client(), "/auth/reset_password_request", email=address)
    carry_out_resets()
    assert [task.payload["to"] for task in waiting("reset_password")] == ["ana@example.com"]


def test_a_change_takes_the_password(client, ana):
    log_in(client, ana)
    response = change(client, password="not it at all")
    assert response.status_code == 422
    assert "Wrong password." in check_page(response).text
    assert templates() == []


@pytest.mark.parametrize("address", ["", "nobody", "a@b\r\nBcc: x@y.z"])
def test_what_is_no_address_is_refused(client, ana, address):
    log_in(client, ana)
    assert change(client, address).status_code == 422


def test_confirming_signs_out_the_other_devices(app, client, ana):
    phone = app.test_client()
    log_in_by_form(phone, ana, remember_me="y")
    log_in(client, ana)
    change(client)
    confirm(client)
    assert client.get("/index").status_code == 200
    assert phone.get("/index").status_code == 302


def test_confirming_in_another_browser_signs_out_all(app, client, ana, ben):
    log_in(client, ana)
    change(client)
    other = app.test_client()
    log_in(other, ben)
    confirm(other)
    assert client.get("/index").status_code == 302
    assert other.get("/index").status_code == 200


def test_a_confirmation_works_once_and_not_after_cancelling(client, ana):
    log_in(client, ana)
    change(client)
    first = link_in("change_email_confirm")
    send(client, ACCOUNT, f"{ACCOUNT}/email/cancel")
    assert client.get(first).status_code == 410
    change(client)
    second = link_in("change_email_confirm")
    assert send(client, second).status_code == 302
    assert client.get(second).status_code == 410


def test_a_newer_change_replaces_the_one_that_waits(client, ana):
    log_in(client, ana)
    change(client, "first@example.net")
    old = link_in("change_email_confirm")
    change(client, "second@example.net")
    assert client.get(old).status_code == 410
    confirm(client)
    assert address_of(ana) == "second@example.net"


def test_a_taken_address_looks_like_any_other_and_its_owner_is_told(client, ana, ben):
    log_in(client, ana)
    response = change(client, "BEN@example.com")
    assert response.status_code == 302
    assert "We sent an email to BEN@example.com" in get_page(client, ACCOUNT).text
    assert templates() == ["change_email_notice", "already_registered"]
    assert waiting()[1].payload["to"] == "ben@example.com"


def test_an_address_that_was_taken_meanwhile_is_refused_kindly(client, ana):
    log_in(client, ana)
    change(client)
    make_user("dora", email=NEW)
    assert confirm(client).location == "/"
    assert "is now used by another account" in get_page(client, "/").text
    assert address_of(ana) == "ana@example.com"


def test_ones_own_address_may_change_its_capitals(client, ana):
    log_in(client, ana)
    change(client, "Ana@example.com")
    confirm(client)
    assert address_of(ana) == "Ana@example.com"


def test_the_old_address_reads_little_of_the_new_one(client, ana):
    log_in(client, ana)
    change(client, "secretive@example.net")
    mail = read(waiting("change_email_notice")[0])
    assert "s…@example.net" in mail
    token = link_in("change_email_notice").rpartition("/")[2]

    claims = token.split(".")[1]
    assert b"secretive" not in base64.urlsafe_b64decode(claims + "==")


def test_the_old_address_takes_the_change_back_before_it_is_confirmed(app, client, ana):
    log_in(client, ana)
    change(client)
    owner, path = app.test_client(), link_in("change_email_notice")
    assert send(owner, path).location == "/auth/login"
    assert address_of(ana) == "ana@example.com"
    assert client.get("/index").status_code == 302
    assert client.get(path).status_code == 410


def test_the_old_address_takes_the_change_back_after_it_is_confirmed(app, client, ana):
    log_in(client, ana)
    change(client)
    path = link_in("change_email_notice")
    confirm(client)
    owner = app.test_client()
    client.head(path)
    get_page(client, path)
    assert address_of(ana) == NEW
    assert send(owner, path).location == "/auth/login"
    assert address_of(ana) == "ana@example.com"
    assert client.get("/index").status_code == 302
    assert waiting("reset_password")[0].payload["to"] == "ana@example.com"


def test_whoever_knew_the_password_is_out_once_the_change_is_taken_back(app, client, ana):
    log_in(client, ana)
    change(client)
    path = link_in("change_email_notice")
    confirm(client)
    owner = app.test_client()
    send(owner, path)
    # Signing in would end the link for a new password, over and over.
    assert send(client, "/auth/login", username="ana", password=PASSWORD).status_code == 422
    fresh = "maple otter 12 violin"
    assert (
        send(owner, link_in("reset_password"), password=fresh, password2=fresh).status_code == 302
    )
    log_in_by_form(owner, ana, fresh)


def test_a_mail_for_a_new_password_comes_even_after_many(app, client, ana):
    for _ in range(6):
        send(client, "/auth/reset_password_request", email="ana@example.com")
    carry_out_resets()
    log_in(client, ana)
    change(client)
    send(app.test_client(), link_in("change_email_notice"))
    assert len(waiting("reset_password")) == 6


def test_a_second_change_does_not_shake_off_the_old_address(app, client, ana):
    log_in(client, ana)
    change(client, "thief@example.net")
    path = link_in("change_email_notice")
    confirm(client)
    response = change(client, "thief2@example.net")
    assert response.status_code == 422
    assert "You can change it again after a week" in check_page(response).text
    assert send(app.test_client(), path).location == "/auth/login"
    assert address_of(ana) == "ana@example.com"


def test_a_week_later_the_address_may_change_again(client, ana):
    log_in(client, ana)
    change(client)
    confirm(client)
    person = db.session.get(User, ana.id)
    person.email_changed_at = utcnow() - timedelta(days=6, hours=23)
    db.session.commit()
    assert change(client, "third@example.net").status_code == 422
    person.email_changed_at = utcnow() - timedelta(days=7, minutes=1)
    db.session.commit()
    assert change(client, "third@example.net").status_code == 302


def test_forgetting_finished_jobs_does_not_let_the_address_change_again(client, ana):
    log_in(client, ana)
    change(client)
    confirm(client)
    db.session.execute(sa.delete(Task))
    assert change(client, "third@example.net").status_code == 422


def test_a_change_that_was_taken_back_counts_too(app, client, ana):
    log_in(client, ana)
    change(client)
    path = link_in("change_email_notice")
    confirm(client)
    owner, fresh = app.test_client(), "maple otter 12 violin"
    send(owner, path)
    send(owner, link_in("reset_password"), password=fresh, password2=fresh)
    log_in_by_form(owner, ana, fresh)
    assert change(owner, "third@example.net", fresh).status_code == 422


def test_a_change_is_taken_back_once_even_by_two_at_once(client, ana):
    log_in(client, ana)
    change(client)
    path = link_in("change_email_notice")
    both = [links.read(Purpose.REVERT_EMAIL, path.rpartition("/")[2]) for _ in range(2)]
    emails.revert_change(both[0])
    db.session.commit()
    with pytest.raises(GoneError):
        emails.revert_change(both[1])
    db.session.rollback()
    assert len(waiting("reset_password")) == 1


def test_an_old_address_that_has_a_new_owner_stays_theirs(app, client, ana):
    log_in(client, ana)
    change(client)
    path = link_in("change_email_notice")
    confirm(client)
    make_user("dora", email="ana@example.com")
    assert send(app.test_client(), path).location == "/"
    assert address_of(ana) == NEW


def test_five_changes_an_hour(app, client, ana):
    app.config["RATELIMIT_ENABLED"] = True
    log_in(client, ana)
    statuses = [change(client, f"a{number}@example.net").status_code for number in range(6)]
    assert statuses == [302] * 5 + [429]


def test_a_change_that_waits_ends_with_the_password_that_asked_for_it(app, client, ana):
    thief = app.test_client()
    log_in(thief, ana)
    change(thief, "thief@example.net")
    path = link_in("change_email_confirm")
    log_in(client, ana)
    fresh = "maple otter 12 violin"
    values = {"old_password": PASSWORD, "password": fresh, "password2": fresh}
    send(client, "/settings/password", **values)
    assert thief.get(path).status_code == 410
    assert "thief" not in get_page(client, ACCOUNT).text


def test_a_change_that_waits_ends_with_a_reset(app, client, ana):
    log_in(client, ana)
    change(client, "thief@example.net")
    path = link_in("change_email_confirm")
    owner, fresh = app.test_client(), "maple otter 12 violin"
    send(owner, "/auth/reset_password_request", email="ana@example.com")
    carry_out_resets()
    send(owner, link_in("reset_password"), password=fresh, password2=fresh)
    assert client.get(path).status_code == 410
    assert address_of(ana) == "ana@example.com"


def test_no_address_changes_without_the_mail_that_takes_it_back(app, client, ana):
    log_in(client, ana)
    for number in range(5):
        change(client, f"decoy{number}@example.net")
    response = change(client, "thief@example.net")
    assert response.status_code == 422
    assert "several times today" in check_page(response).text
    assert waiting(to="thief@example.net") == []
    # The last mail that was sent still takes its change back.
    assert send(app.test_client(), link_in("change_email_notice")).location == "/auth/login"
