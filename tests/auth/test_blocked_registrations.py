"""What the block list keeps out: at the form, by a client, and with a later change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import db
from app.backends import name_server as backend
from app.lib.blocklist_values import parse_value
from app.lib.dates import utcnow
from app.models import User
from app.services.accounts import blocklist, invitations
from app.services.site.audit import COMMAND_LINE
from tests.support.factories import PASSWORD, make_token, make_user
from tests.support.mailbox import templates
from tests.support.name_server import NameServer, name_server
from tests.support.pages import (
    Page,
    check_page,
    counted_statements,
    get_page,
    log_in,
    patient,
    send,
)

REGISTER = "/auth/register"
NO_ADDRESS = "We can't accept this email address."
NO_NETWORK = "We can't create accounts from this network."


def block(kind: str, text: str) -> None:
    blocklist.add(kind, parse_value(kind, text), COMMAND_LINE)
    db.session.commit()


def register(client: FlaskClient, **values: str) -> TestResponse:
    fields = {"username": "dora", "email": "dora@junk.example"}
    return send(client, REGISTER, **(fields | values), password=PASSWORD, password2=PASSWORD)


def refused(answer: TestResponse, text: str) -> Page:
    assert answer.status_code == 422
    page = check_page(answer)
    assert text in page.text
    assert db.session.scalar(User.named("dora")) is None
    assert templates() == []
    return page


@pytest.mark.parametrize(
    ("kind", "value"),
    [("domain", "junk.example"), ("domain", "example"), ("address", "dora@junk.example")],
)
def test_an_address_is_refused_under_its_field_with_whom_to_ask(
    app: Flask, client: FlaskClient, kind: str, value: str
) -> None:
    app.config["SITE_CONTACT"] = "help@example.org"
    block(kind, "junk.example" if value == "example" else value)
    page = refused(register(client), NO_ADDRESS)
    assert "write to: help@example.org" in page.text
    assert page.all("input", name="email")[0].get("aria-invalid") == "true"
    assert page.fields(REGISTER)["username"] == "dora"


def test_without_a_contact_the_owner_is_to_be_asked(client: FlaskClient) -> None:
    block("domain", "junk.example")
    assert "ask the owner of this site" in refused(register(client), NO_ADDRESS).text


def test_a_network_is_refused_above_the_form(app: Flask, client: FlaskClient) -> None:
    block("network", "198.51.100.0/24")
    client.environ_base["REMOTE_ADDR"] = "198.51.100.9"
    page = refused(register(client), NO_NETWORK)
    assert page.all("div", role="alert")
    other = app.test_client()
    other.environ_base["REMOTE_ADDR"] = "198.51.101.9"
    assert register(other).status_code == 302


def test_members_still_sign_in_from_a_blocked_network(client: FlaskClient, ana: User) -> None:
    block("network", "198.51.100.0/24"), block("address", ana.email), block("username", "ana")
    client.environ_base["REMOTE_ADDR"] = "198.51.100.9"
    assert send(client, "/auth/login", username="ana", password=PASSWORD).location == "/index"


def test_a_name_is_refused_like_one_that_nobody_can_have(client: FlaskClient) -> None:
    block("username", "do*a")
    page = refused(register(client, username="DoRa"), "This username is reserved. Try another.")
    assert page.all("input", name="username")[0].get("aria-invalid") == "true"


def test_an_invitation_does_not_lead_around_it(client: FlaskClient) -> None:
    block("domain", "junk.example")
    code = invitations.code_of(invitations.create(None, 1, 7))
    db.session.commit()
    page = get_page(client, f"{REGISTER}?invite={code}")
    fields = patient(client, page.fields(REGISTER))
    fields |= {"username": "dora", "email": "dora@junk.example"}
    fields |= {"password": PASSWORD, "password2": PASSWORD}
    refused(client.post(REGISTER, data=fields), NO_ADDRESS)
    assert invitations.find(code) is not None


def test_it_costs_one_statement_and_visitors_none(app: Flask, client: FlaskClient) -> None:
    block("network", "198.51.100.0/24")
    with counted_statements() as ran:
        register(client)
    assert len([sql for sql in ran if "blocklist_entry" in sql]) == 1
    for path in ("/", REGISTER, "/auth/login"):
        page = get_page(app.test_client(), path)
        assert not [sql for sql in page.statements if "blocklist_entry" in sql]


def test_the_refusal_is_the_same_for_an_address_that_is_known(app: Flask) -> None:
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    make_user("eva", email="eva@junk.example")
    block("domain", "junk.example")
    answers = []
    for address in ("dora@junk.example", "eva@junk.example"):
        with counted_statements() as ran:
            page = refused(register(app.test_client(), email=address), NO_ADDRESS)
        answers.append((page.text, ran))
    assert answers[0] == answers[1]


def test_a_client_is_refused_too(app: Flask, client: FlaskClient) -> None:
    block("domain", "junk.example"), block("network", "198.51.100.0/24")
    body = {"username": "dora", "email": "dora@junk.example", "password": PASSWORD}
    answer = client.post("/api/users", json=body)
    (error,) = answer.json["errors"]
    assert (answer.status_code, error["field"]) == (403, "email")
    assert NO_ADDRESS in error["message"]
    client.environ_base["REMOTE_ADDR"] = "198.51.100.9"
    answer = client.post("/api/users", json=body | {"email": "dora@fine.example"})
    assert answer.status_code == 403 and NO_NETWORK in answer.json["detail"]
    assert db.session.scalar(User.named("dora")) is None


@pytest.mark.parametrize("is_mailing", [True, False])
@pytest.mark.parametrize("is_verified", [True, False])
def test_nobody_changes_to_a_blocked_address(
    app: Flask, client: FlaskClient, is_mailing: bool, is_verified: bool
) -> None:
    app.config["EMAILS_MUST_BE_VERIFIED"] = is_mailing
    block("domain", "junk.example")
    person = make_user("ana", email_verified_at=utcnow() if is_verified else None)
    log_in(client, person)
    page, values = "/settings/account", {"password": PASSWORD}
    answer = send(client, page, f"{page}/email", email="ana@x.junk.example", **values)
    assert answer.status_code == 422
    assert NO_ADDRESS in check_page(answer).text
    db.session.expire_all()
    assert (person.email, person.pending_email, templates()) == ("ana@example.com", None, [])


def test_an_address_is_not_corrected_to_a_blocked_one_and_the_own_one_stays(
    app: Flask, client: FlaskClient
) -> None:
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    person = make_user("ana", email_verified_at=None)
    log_in(client, person)
    block("domain", "junk.example"), block("address", "ana@example.com")
    resend = "/auth/verify/resend"
    answer = send(client, resend, email="ana@junk.example")
    assert answer.status_code == 422 and NO_ADDRESS in check_page(answer).text
    assert send(client, resend).location == resend


def test_nobody_renames_themselves_to_a_blocked_name(client: FlaskClient, ana: User) -> None:
    block("username", "*casino*")
    token = make_token(ana, scope="write")
    log_in(client, ana)
    page = "/settings/account"
    answer = send(client, page, f"{page}/username", username="best-casino")
    assert answer.status_code == 422
    assert "This username is reserved." in check_page(answer).text
    headers: dict[str, Any] = {"Authorization": f"Bearer {token.secret}"}
    path, body = f"/api/users/{ana.id}", {"username": "best-casino"}
    assert app_status(client, path, body, headers) == 403
    block("username", "ana")
    assert send(client, page, f"{page}/username", username="Ana").status_code == 302


def app_status(
    client: FlaskClient, path: str, body: dict[str, str], headers: dict[str, str]
) -> int:
    return client.put(path, json=body, headers=headers).status_code


@pytest.fixture
def mail_hosts(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    """A name server that the site asks, as with MX_LOOKUP."""
    mail = {"fresh.example": ("mx.junk.example",), "fine.example": ("mx.fine.example",)}
    with name_server(mail) as server:
        monkeypatch.setitem(app.extensions, "name_server", backend.NameServer(server.address))
        yield server


@pytest.mark.server
def test_a_new_domain_is_refused_whose_mail_goes_to_a_blocked_one(
    app: Flask, client: FlaskClient, mail_hosts: NameServer
) -> None:
    block("domain", "junk.example")
    refused(register(client, email="dora@fresh.example"), NO_ADDRESS)
    body = {"username": "dora", "email": "dora@fresh.example", "password": PASSWORD}
    answer = app.test_client().post("/api/users", json=body)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (403, "email")
    assert db.session.scalar(User.named("dora")) is None
    assert register(client, email="dora@fine.example").status_code == 302
    assert mail_hosts.asked == ["fresh.example", "fine.example"]


@pytest.mark.server
@pytest.mark.parametrize("is_confirmed", [True, False])
def test_nobody_changes_to_such_a_domain(
    app: Flask, client: FlaskClient, ana: User, mail_hosts: NameServer, is_confirmed: bool
) -> None:
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    ana.email_verified_at = utcnow() if is_confirmed else None
    block("domain", "junk.example")
    log_in(client, ana)
    page, action = "/settings/account", "/settings/account/email"
    fields = {"email": "ana@fresh.example", "password": PASSWORD}
    assert NO_ADDRESS in check_page(send(client, page, action, **fields)).text
    if not is_confirmed:
        again = "/auth/verify/resend"
        assert NO_ADDRESS in check_page(send(client, again, again, email="ana@fresh.example")).text
    db.session.expire_all()
    assert (ana.email, ana.pending_email) == ("ana@example.com", None)


@pytest.mark.server
def test_while_the_name_server_is_silent_people_join(
    client: FlaskClient, mail_hosts: NameServer
) -> None:
    block("domain", "junk.example")
    mail_hosts.is_silent = True
    assert register(client, email="dora@fresh.example").status_code == 302
