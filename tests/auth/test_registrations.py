"""Joining: who may, under which name, and what nobody learns from it."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import db
from app.models import FormerUsername, User
from app.services.accounts import accounts
from app.services.errors import EmailTakenError, UsernameTakenError
from tests.support.factories import PASSWORD, make_user
from tests.support.mailbox import templates, waiting
from tests.support.pages import check_page, get_page, log_in_by_form, send

REGISTER = "/auth/register"


def register(client: FlaskClient, username: str, **values: str) -> TestResponse:
    fields = {"email": "new@example.net", "password": PASSWORD, "password2": PASSWORD}
    return send(client, REGISTER, username=username, **(fields | values))


def person(username: str) -> User | None:
    return db.session.scalar(User.named(username))


def without_tokens(response: TestResponse) -> str:
    return re.sub(r"[0-9a-f]{16}\.[0-9a-f]{64}", "", response.get_data(as_text=True))


def test_a_newcomer_registers_and_signs_in_at_once(client):
    response = register(client, "dora")
    assert (response.status_code, response.location) == (302, "/auth/login")
    assert "Welcome! You can sign in now." in get_page(client, "/auth/login").text
    log_in_by_form(client, person("dora"))
    assert get_page(client, "/index")


def test_nobody_is_there_before_the_first_one_registers(app: Flask):
    assert db.session.scalar(sa.select(sa.func.count()).select_from(User)) == 0


def test_nobody_becomes_more_than_a_member_by_the_form(client):
    register(client, "dora", role="admin", email_verified_at="2020-01-01", is_admin="1")
    assert person("dora").role == "member"
    assert not person("dora").is_verified


def test_the_answer_is_the_same_for_an_address_that_is_known(app, ana):
    first, second = app.test_client(), app.test_client()
    new = register(first, "dora", email="dora@example.com")
    known = register(second, "eva", email="ANA@Example.com")
    assert (new.status_code, new.location) == (known.status_code, known.location)
    pages = [browser.get("/auth/login") for browser in (first, second)]
    assert without_tokens(pages[0]) == without_tokens(pages[1])
    assert templates() == ["verify_email", "already_registered"]
    assert waiting("already_registered")[0].payload["to"] == "ana@example.com"
    assert person("eva") is None


def test_an_owner_is_not_buried_in_notices_about_their_address(app, ana):
    for number in range(7):
        register(app.test_client(), f"eva{number}", email="ana@example.com")
    assert templates() == ["already_registered"] * 5


@pytest.mark.parametrize("name", ["ana", "ANA", " Ana "])
def test_a_name_is_taken_in_every_case(client, ana, name):
    response = register(client, name)
    assert response.status_code == 422
    assert "This name is taken. Try another." in check_page(response).text


def test_a_taken_name_is_told_also_with_a_known_address(client, ana, ben):
    assert register(client, "ana", email="ben@example.com").status_code == 422
    assert templates() == []


@pytest.mark.parametrize(
    "name",
    [
        *["admin", "Root", "api", "static", "login", "me", "support", "moderator", "system"],
        *["ad-min", "admin_", "a", "x" * 31, "ana.atom", "анна", "ａｎａ", "K\u2139ng"],
        *["-ana", "ana-", "a..b", "a b", "a/b", "ana\u200b", "<b>", "{{7*7}}", "%(x)s", "__"],
    ],
)
def test_a_name_that_nobody_can_have_is_refused_under_the_field(client, name):
    response = register(client, name)
    assert response.status_code == 422
    page = check_page(response)
    field = page.all("input", name="username")[0]
    assert field.get("aria-invalid") == "true"
    assert field.get("value") == name


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a@b", "a@@example.com", "a b@example.com", f"{'x' * 250}@example.com"],
)
def test_what_is_no_address_is_refused(client, address):
    assert register(client, "dora", email=address).status_code == 422
    assert templates() == []


def test_a_line_break_never_gets_into_an_address(client):
    response = register(client, "dora", email="a@example.com\r\nBcc: b@example.com")
    assert response.status_code == 422
    assert person("dora") is None


def test_international_hosts_are_one_address_however_they_are_written(app):
    register(app.test_client(), "dora", email="dora@bücher.example")
    register(app.test_client(), "eva", email="DORA@xn--bcher-kva.example")
    assert templates() == ["verify_email", "already_registered"]


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short1!", "Use at least 8 characters."),
        ("passwordpassword1", "Many people use this password"),
        ("new@example.net", "contains your name, your address"),
        ("microblogmicroblog", "contains your name, your address"),
        ("aaaaaaaaaaaaaaa", "repeats itself"),
        ("abcdefghijkl", "Many people|simple sequence"),
        ("x7" * 513, "too long"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(client, password, reason):
    response = register(client, "dora", password=password, password2=password)
    assert response.status_code == 422
    assert re.search(reason, check_page(response).text)
    assert person("dora") is None


@pytest.mark.parametrize(
    "password", ["qmzt wkeh rpov luxb", "🦊 umbrella 🥖 kettle", "ñandú-tapir-Ölfarbe", "Tq8#kzLw"]
)
def test_any_other_password_is_good(client, password):
    assert register(client, "dora", password=password, password2=password).status_code == 302


def test_a_refused_form_does_not_send_passwords_back(client):
    response = register(client, "dora", password2="another one 99")
    assert response.status_code == 422
    assert "The two passwords differ." in check_page(response).text
    assert PASSWORD not in response.get_data(as_text=True)


def test_the_zone_and_language_of_the_browser_are_kept(client):
    client.post("/language", data={"language": "es"})
    register(client, "dora", time_zone="America/Bogota")
    assert (person("dora").time_zone, person("dora").language) == ("America/Bogota", "es")


def test_a_zone_that_does_not_exist_is_forgotten(client):
    register(client, "dora", time_zone="Mars/Olympus")
    assert person("dora").time_zone is None


def test_a_closed_site_takes_nobody_new(app, client):
    app.config["REGISTRATION"] = "closed"
    page = get_page(client, REGISTER)
    assert "takes no new members" in page.text
    assert not page.all("input", name="username")
    token = get_page(client, "/auth/login").fields("/auth/login")["csrf_token"]
    response = client.post(REGISTER, data={"csrf_token": token, "username": "dora"})
    assert response.status_code == 403
    check_page(response)


def test_a_member_does_not_register_again(client, ana):
    log_in_by_form(client, ana)
    assert client.get(REGISTER).location == "/index"


def test_a_name_that_rests_is_taken_and_free_again_after_its_time(client, ana):
    accounts.rename(ana, "anabel")
    db.session.commit()
    assert register(client, "ANA").status_code == 422
    rest = db.session.get(FormerUsername, "ana")
    rest.released_at = ana.created_at
    db.session.commit()
    assert register(client, "ana").status_code == 302
    assert person("ana").id != ana.id


def test_the_other_of_two_at_once_is_told_like_everybody(app, ana):
    # As if the address had been free when the form looked.
    with pytest.raises(EmailTakenError):
        accounts.create("eva", ("ana@example.com", "ana@example.com"), "x")
    with pytest.raises(UsernameTakenError):
        accounts.create("ANA", ("eva@example.com", "eva@example.com"), "x")
    db.session.rollback()
    assert make_user("eva")
