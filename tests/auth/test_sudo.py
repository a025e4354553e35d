"""What could harm a member most takes the password, however long a session lasts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app import db
from app.lib.dates import utcnow
from app.models import Export, Session, User
from app.services.accounts import passkeys
from app.services.data import exports
from tests.support.factories import PASSWORD, make_passkey
from tests.support.log_capture import logged
from tests.support.pages import check_page, get_page, log_in, send
from tests.support.passkeys import PRESENT, SoftPasskey

SUDO = "/auth/sudo"
EXPORT, DEVICES, ACCOUNT = "/settings/export", "/settings/sessions", "/settings/account"


def wait(minutes: int) -> None:
    """Let time pass on every device."""
    earlier = utcnow() - timedelta(minutes=minutes)
    db.session.execute(sa.update(Session).values(created_at=earlier, password_at=None))
    db.session.commit()


def give_password(client: FlaskClient, page, password: str = PASSWORD):
    return client.post(SUDO, data=page.fields(SUDO) | {"password": password})


def exports_count() -> int:
    return db.session.scalars(sa.select(sa.func.count()).select_from(Export)).one()


@pytest.fixture
def member(app: Flask, client: FlaskClient, ana: User) -> FlaskClient:
    log_in(app.test_client(), ana)
    log_in(client, ana)
    return client


@pytest.mark.parametrize("page", [EXPORT, DEVICES])
def test_a_button_takes_the_password_after_half_an_hour(member, page):
    action = f"{page}/end" if page == DEVICES else page
    wait(31)
    fields = get_page(member, page).fields(action)
    asked = member.post(action, data=fields, headers={"Referer": f"http://localhost{page}"})
    assert asked.status_code == 403
    asked = check_page(asked)
    assert "Enter it again" in asked.text
    assert exports_count() == 0
    assert give_password(member, asked, "not it at all 1").status_code == 422
    assert give_password(member, asked).location == page
    assert "Thanks. You can continue now." in get_page(member, page).text
    assert send(member, page, action).location == page
    open_sessions = db.session.scalars(sa.select(Session).where(Session.expires_at > utcnow()))
    assert (exports_count(), len(open_sessions.all())) == ((1, 2) if page == EXPORT else (0, 1))


@pytest.mark.parametrize("page", [EXPORT, DEVICES, ACCOUNT])
def test_within_half_an_hour_of_signing_in_nothing_is_asked(member, page):
    wait(29)
    actions = {EXPORT: EXPORT, DEVICES: f"{DEVICES}/end", ACCOUNT: f"{ACCOUNT}/username"}
    assert send(member, page, actions[page], username="anabel").status_code == 302


def test_giving_the_password_again_is_in_the_log(app, member):
    wait(31)
    with logged(app) as book:
        give_password(member, get_page(member, SUDO))
    assert "authn_password_confirmed" in book.getvalue()


def test_a_form_is_shown_again_as_it_was_filled_in(member, ana):
    wait(31)
    asked = check_page(send(member, ACCOUNT, f"{ACCOUNT}/username", username="anabel"))
    again = check_page(give_password(member, asked))
    fields = again.fields(f"{ACCOUNT}/username")
    assert fields["username"] == "anabel"
    assert db.session.get(User, ana.id).username == "ana"
    assert member.post(f"{ACCOUNT}/username", data=fields).status_code == 302
    assert db.session.get(User, ana.id).username == "anabel"


def test_a_finished_archive_is_not_downloaded_without_it(app, member, ana):
    export_id = exports.start(ana).id
    db.session.commit()
    app.test_cli_runner().invoke(args=["worker", "--drain"])
    url = f"{EXPORT}/{export_id}/archive.zip"
    assert member.get(url).status_code == 200
    wait(31)
    response = member.get(url)
    assert response.location == f"{SUDO}?next={url}"
    assert give_password(member, get_page(member, response.location)).location == url
    assert member.get(url).status_code == 200


def test_the_password_counts_for_this_device_and_for_half_an_hour(app, member, ana):
    other = app.test_client()
    log_in(other, ana)
    wait(31)
    give_password(member, get_page(member, SUDO))
    assert send(member, EXPORT).status_code == 302
    assert send(other, DEVICES, f"{DEVICES}/end").status_code == 403
    confirmed = sa.update(Session).where(Session.password_at.is_not(None))
    db.session.execute(confirmed.values(password_at=utcnow() - timedelta(minutes=31)))
    db.session.commit()
    assert send(member, DEVICES, f"{DEVICES}/end").status_code == 403


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "x"])
def test_it_leads_nowhere_else(member, target):
    page = get_page(member, f"{SUDO}?next={target}")
    fields = page.fields(SUDO) | {"password": PASSWORD, "next": target}
    assert member.post(SUDO, data=fields).location == "/settings"


def test_guessing_has_a_limit(app, member):
    app.config["RATELIMIT_ENABLED"] = True
    page = get_page(member, SUDO)
    statuses = [give_password(member, page, f"guess {n} again").status_code for n in range(11)]
    assert statuses == [422] * 10 + [429]


def add_passkey(user: User, **values: object) -> SoftPasskey:
    key = SoftPasskey(**values)
    answer = key.create(passkeys.ask_for_new(user, "a browser"))
    # Without ending the sessions that the test has.
    passkeys.add(user, "phone", answer, "a browser", keep=None)
    db.session.commit()
    return key


def use_passkey(client: FlaskClient, page, key: SoftPasskey):
    """What the script does with the form on the page that asks for it."""
    (button,) = page.all("button", formaction=f"{SUDO}/passkey")
    fields = page.fields(f"{SUDO}/passkey")
    asked = client.post(button.get("data-options"), data=fields)
    assert asked.status_code == 200 and asked.headers["Cache-Control"] == "no-store"
    assert [one["type"] for one in asked.json["allowCredentials"]] == ["public-key"]
    return client.post(f"{SUDO}/passkey", data=fields | {"credential": key.get(asked.text)})


def test_a_passkey_does_as_well(app, client, ana):
    key = add_passkey(ana)
    log_in(client, ana)
    wait(31)
    asked = check_page(send(client, ACCOUNT, f"{ACCOUNT}/username", username="anabel"))
    again = check_page(use_passkey(client, asked, key))
    fields = again.fields(f"{ACCOUNT}/username")
    assert fields["username"] == "anabel" and "credential" not in fields
    assert client.post(f"{ACCOUNT}/username", data=fields).status_code == 302
    page = get_page(client, f"{SUDO}?next={EXPORT}")
    assert use_passkey(client, page, key).location == EXPORT
    assert give_password(client, page).location == EXPORT


def test_a_passkey_that_is_not_ones_own_confirms_nothing(app, client, ana, ben):
    key, other = add_passkey(ana), add_passkey(ben)
    log_in(client, ana)
    wait(31)
    asked = check_page(send(client, ACCOUNT, f"{ACCOUNT}/username", username="anabel"))
    for wrong in (other, SoftPasskey(), replace(key, flags=PRESENT)):
        page = check_page(use_passkey(client, asked, wrong))
        assert "This passkey didn't work." in page.text
        assert page.fields(SUDO)["username"] == "anabel"
        assert "credential" not in page.fields(SUDO)
    assert send(client, EXPORT).status_code == 403
    page = get_page(client, f"{SUDO}?next={EXPORT}")
    assert use_passkey(client, page, other).location == f"{SUDO}?next={EXPORT}"


def test_an_answer_counts_once_and_in_its_session(app, client, ana):
    key = add_passkey(ana)
    other = app.test_client()
    for browser in (client, other):
        log_in(browser, ana)
    page = get_page(client, SUDO)
    fields = page.fields(f"{SUDO}/passkey")
    asked = client.post(f"{SUDO}/passkey/options", data=fields).text
    answer = {"credential": key.get(asked)}
    theirs = get_page(other, SUDO).fields(f"{SUDO}/passkey")
    assert other.post(f"{SUDO}/passkey", data=theirs | answer).location == SUDO
    assert client.post(f"{SUDO}/passkey", data=fields | answer).location == "/settings"
    assert client.post(f"{SUDO}/passkey", data=fields | answer).location == SUDO


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "//evil.example", "https://evil.example"]
)
def test_the_way_back_leads_nowhere_else(member, target):
    fields = get_page(member, SUDO).fields(SUDO)
    page = check_page(member.post(SUDO, data=fields | {"password": "no", "next": target}))
    assert [link.text for link in page.all("a", href="/settings") if link.text == "Cancel"]
    assert not page.all("a", href=target)


def test_a_passkey_of_another_host_is_not_asked_for(client, ana):
    make_passkey(ana, host="example.org")
    log_in(client, ana)
    page = get_page(client, SUDO)
    fields = page.fields(SUDO)
    assert client.post(f"{SUDO}/passkey/options", data=fields).status_code == 403
    assert not page.all("form", action=f"{SUDO}/passkey")
    assert "Enter it again to continue." in page.text
