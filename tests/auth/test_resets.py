"""Forgotten passwords: links that work once, for their owner, and leave no trace."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import db
from app.lib.dates import utcnow
from app.lib.tokens import sign_link
from app.models import Task, User
from app.services.accounts import links, passwords
from app.services.accounts.links import Purpose
from app.services.errors import GoneError
from tests.support.factories import PASSWORD, make_user
from tests.support.log_capture import logged
from tests.support.mailbox import carry_out_resets, link_in, read, templates, waiting
from tests.support.pages import check_page, get_page, log_in_by_form, send
from tests.support.sites import PRODUCTION, open_site

ASK = "/auth/reset_password_request"
FRESH = "maple otter 12 violin"


@pytest.fixture
def app(app: Flask) -> Flask:
    """As with MAIL_SERVER set."""
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    return app


def ask(client: FlaskClient, address: str) -> TestResponse:
    response = send(client, ASK, email=address)
    carry_out_resets()
    return response


def use(client: FlaskClient, path: str, password: str = FRESH) -> TestResponse:
    return send(client, path, password=password, password2=password)


def asked_link(client: FlaskClient, person: User) -> str:
    ask(client, person.email)
    return link_in("reset_password")


@pytest.mark.parametrize("address", ["ana@example.com", "nobody@example.com", "closed@example.com"])
def test_the_answer_never_tells_whether_the_address_is_known(client, ana, address):
    make_user("closed", closed_at=utcnow())
    response = send(client, ASK, email=address)
    assert (response.status_code, response.location) == (302, "/auth/login")
    assert "If this address has an account" in get_page(client, "/auth/login").text
    tasks = db.session.scalars(sa.select(Task)).all()
    assert [(task.name, task.user_id) for task in tasks] == [("mail_password_reset", None)]


def test_without_mail_nothing_promises_one(app, client, ana):
    app.config["EMAILS_MUST_BE_VERIFIED"] = False
    page = get_page(client, ASK)
    assert "This site doesn't send email. Ask its owner for a link" in page.text
    assert not page.all("input", name="email")


def test_a_stranger_gets_no_mail(client, ana):
    ask(client, "nobody@example.com")
    assert templates() == []


def test_a_link_sets_the_password_once_and_signs_out_everywhere(app, client, ana):
    phone = app.test_client()
    log_in_by_form(phone, ana, remember_me="y")
    path = asked_link(client, ana)
    response = use(client, path)
    assert response.location == "/auth/login"
    assert "Password saved." in get_page(client, "/auth/login").text
    assert client.get("/index").status_code == 302, "no signing in by the link"
    assert phone.get("/index").status_code == 302
    assert send(client, "/auth/login", username="ana", password=PASSWORD).status_code == 422
    log_in_by_form(client, ana, FRESH)
    assert "password_changed" in templates()
    send(client, "/auth/logout")
    assert get_page(client, path, 410).text.count("doesn't work anymore") == 1


def test_the_newest_link_ends_the_older_ones(client, ana):
    old = asked_link(client, ana)
    new = asked_link(client, ana)
    assert client.get(old).status_code == 410
    assert use(client, new).status_code == 302


def test_signing_in_ends_the_link(app, client, ana):
    path = asked_link(client, ana)
    log_in_by_form(app.test_client(), ana)
    assert client.get(path).status_code == 410


@pytest.mark.parametrize("field", ["email", "password_hash"])
def test_a_change_of_address_or_password_ends_the_link(client, ana, field):
    path = asked_link(client, ana)
    setattr(ana, field, "other@example.com")
    db.session.commit()
    assert client.get(path).status_code == 410


def test_of_two_uses_at_once_exactly_one_wins(client, ana):
    path = asked_link(client, ana)
    token = path.rpartition("/")[2]
    # Both have read the link before either has set a password.
    both = [links.read(Purpose.RESET_PASSWORD, token) for _ in range(2)]
    before = ana.password_hash
    passwords.reset(both[0], FRESH)
    db.session.commit()
    # The second one still sees the row as it was.
    sa.orm.attributes.set_committed_value(both[1].user, "password_hash", before)
    with pytest.raises(GoneError):
        passwords.reset(both[1], "another try 99 here")
    db.session.rollback()
    log_in_by_form(client, ana, FRESH)


def test_a_link_outlives_looking_at_it_and_a_refused_password(client, ana):
    path = asked_link(client, ana)
    client.head(path)
    get_page(client, path)
    assert use(client, path, "short").status_code == 422
    assert use(client, path, "ana@example.com").status_code == 422
    assert use(client, path).status_code == 302


def test_the_page_leaves_no_trace(client, ana):
    path = asked_link(client, ana)
    page = get_page(client, path)
    for answer in (page.response, use(client, path, "short"), use(client, path), client.get(path)):
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
    assert {form.get("action") for form in page.all("form", method="post")} <= {path, "/language"}


def test_the_log_shows_the_door_and_not_the_key(app, client, ana):
    path = asked_link(client, ana)
    with logged(app) as book:
        use(client, path)
        for address in (path, f"{path}/more", path.replace("/auth/", "/auth//"), path.upper()):
            client.get(address)
    key = path.rpartition("/")[2]
    assert "GET /auth/reset_password/… 410" in book.getvalue()
    assert key not in book.getvalue() and key.upper() not in book.getvalue()


def test_a_link_of_another_kind_or_key_does_not_work(client, ana):
    secret = client.application.config["SECRET_KEY"]
    mark = links._fingerprint(Purpose.RESET_PASSWORD, ana, secret)
    forged = sign_link("another secret", Purpose.RESET_PASSWORD, ana.id, mark, 60)
    other = links.address_of(Purpose.VERIFY, ana).rpartition("/")[2]
    late = sign_link(secret, Purpose.RESET_PASSWORD, ana.id, mark, -1)
    for token in (forged, other, late, "x", "a.b.c", "é", "%00", "a" * 3000):
        assert client.get(f"/auth/reset_password/{token}").status_code in (400, 410)


def test_links_live_as_long_as_the_setting_says(app, client, ana):
    app.config["RESET_TOKEN_MINUTES"] = 5
    ask(client, "ana@example.com")
    assert "works for 5 minutes" in read(waiting("reset_password")[0])


def test_links_begin_with_the_address_of_the_site_whatever_host_was_asked(client, ana):
    fields = get_page(client, ASK).fields(ASK) | {"email": "ana@example.com"}
    client.post(ASK, data=fields, headers={"X-Forwarded-Host": "evil.example"})
    client.post(ASK, data=fields, base_url="http://evil.example")
    carry_out_resets()
    text = read(waiting("reset_password")[-1])
    assert "http://localhost:5000/auth/reset_password/" in text
    assert "evil" not in text


def test_in_production_links_are_https(tmp_path):
    with open_site(tmp_path, **PRODUCTION, MAIL_SERVER="127.0.0.1") as site:
        make_user("ana")
        ask(site.test_client(), "ana@example.com")
        text = read(waiting("reset_password")[-1])
        assert "https://blog.example.org/auth/reset_password/" in text


def test_five_mails_a_day_and_the_last_link_still_works(client, ana):
    for _ in range(9):
        response = ask(client, "ana@example.com")
        assert response.status_code == 302
    assert templates() == ["reset_password"] * 5
    assert use(client, link_in("reset_password")).status_code == 302


def test_the_next_day_there_are_mails_again(client, ana):
    for _ in range(6):
        ask(client, "ana@example.com")
    with time_machine.travel(utcnow() + timedelta(hours=23), tick=False):
        ask(client, "ana@example.com")
    assert len(waiting("reset_password")) == 5
    with time_machine.travel(utcnow() + timedelta(hours=25), tick=False):
        ask(client, "ana@example.com")
    assert len(waiting("reset_password")) == 6


def test_five_mails_are_all_within_any_24_hours(client, ana):
    ask(client, "ana@example.com")
    with time_machine.travel(utcnow() + timedelta(hours=23), tick=False):
        for _ in range(6):
            ask(client, "ana@example.com")
    assert len(waiting("reset_password")) == 5
    with time_machine.travel(utcnow() + timedelta(hours=25), tick=False):
        for _ in range(6):
            ask(client, "ana@example.com")
    assert len(waiting("reset_password")) == 6


def test_the_limit_does_not_depend_on_how_long_jobs_are_kept(client, ana):
    for _ in range(5):
        ask(client, "ana@example.com")
    db.session.execute(sa.delete(Task))
    ask(client, "ana@example.com")
    assert waiting("reset_password") == []
    # Nor on what others ask for.
    make_user("ben")
    ask(client, "ben@example.com")
    assert [task.payload["to"] for task in waiting("reset_password")] == ["ben@example.com"]


def test_one_address_of_the_net_asks_twenty_five_times_in_five_minutes(app: Flask, client, ana):
    app.config["RATELIMIT_ENABLED"] = True
    statuses = [
        send(client, ASK, email=f"p{number}@example.com").status_code for number in range(26)
    ]
    assert statuses == [302] * 25 + [429]


def test_a_reset_confirms_the_address(client):
    make_user("dora", email_verified_at=None)
    ask(client, "dora@example.com")
    use(client, link_in("reset_password"))
    assert db.session.scalar(User.named("dora")).is_verified


def test_a_member_who_is_signed_in_has_no_need_of_a_link(client, ana):
    path = asked_link(client, ana)
    log_in_by_form(client, ana)
    assert client.get(ASK).location == "/index"
    assert client.get(path).location == "/index"


def test_what_is_no_address_is_told_at_once(client):
    response = send(client, ASK, email="nobody")
    assert response.status_code == 422
    check_page(response)
