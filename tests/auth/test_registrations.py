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
from tests.support.mailbox import LINK, carry_out, link_in, read, templates, waiting
from tests.support.pages import (
    check_page,
    counted_statements,
    get_page,
    log_in,
    log_in_by_form,
    send,
)

REGISTER = "/auth/register"
CHECK = "/auth/register/mail"


def register(client: FlaskClient, username: str, **values: str) -> TestResponse:
    fields = {"email": "new@example.net", "password": PASSWORD, "password2": PASSWORD}
    return send(client, REGISTER, username=username, **(fields | values))


def person(username: str) -> User | None:
    return db.session.scalar(User.named(username))


@pytest.fixture
def mailing(app: Flask) -> Flask:
    """As with MAIL_SERVER set."""
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    return app


def test_a_newcomer_is_signed_in_at_once(client):
    response = register(client, "dora")
    assert (response.status_code, response.location) == (302, "/welcome")
    page = get_page(client, "/welcome").text
    assert "Welcome to Microblog" in page
    assert "Confirm" not in page


def test_a_known_address_is_told_where_no_mail_could_tell_it(client, ana):
    response = register(client, "dora", email="ANA@example.com")
    assert response.status_code == 422
    assert "already an account with this address" in check_page(response).text
    assert templates() == []


def test_everything_wrong_is_said_at_once(client, ana):
    page = check_page(register(client, "ana", email="ana@example.com", password="short"))
    for text in (
        "username is taken",
        "already an account",
        "Use at least",
        "passwords don't match",
    ):
        assert text in page.text, text


def test_nobody_is_there_before_the_first_one_registers(app: Flask):
    assert db.session.scalar(sa.select(sa.func.count()).select_from(User)) == 0


def test_nobody_becomes_more_than_a_member_by_the_form(client):
    register(client, "dora", role="admin", email_verified_at="2020-01-01", is_admin="1")
    assert person("dora").role.name == "member"
    assert not person("dora").is_verified


def test_the_answer_is_the_same_for_an_address_that_is_known(mailing, ana):
    answers = []
    for name, address in (("dora", "dora@example.com"), ("evas", "ana@example.com")):
        browser = mailing.test_client()
        with counted_statements() as ran:
            response = register(browser, name, email=address)
        page = get_page(browser, response.location)
        cookies = sorted(line.split("=")[0] for line in response.headers.getlist("Set-Cookie"))
        text = page.text.replace(address, "ADDRESS").replace(name, "NAME")
        answers.append((response.status_code, response.location, cookies, text, len(ran)))
        assert "Check your email" in page.text
        assert address in page.text
    assert answers[0] == answers[1]
    told = [("Confirm your email address", "dora@example.com")]
    assert carry_out() == [*told, ("You already have an account", "ana@example.com")]


def test_the_outside_is_the_same_for_an_address_that_is_known(mailing, ana, ben):
    """Whoever registered with somebody's address looks for what became of it."""
    mailing.config["PUBLIC_READING"] = True
    member = mailing.test_client()
    log_in(member, ben)
    for name, address in (("dora", "dora@example.com"), ("evas", "ana@example.com")):
        register(mailing.test_client(), name, email=address)
        for path in ("", "/popup", "/avatar.svg", "/followers", "/feed.xml"):
            assert member.get(f"/user/{name}{path}").status_code == 404, (name, path)
            assert mailing.test_client().get(f"/user/{name}{path}").status_code == 404
        assert member.get(f"/messages/{name}").status_code == 404
        taken = register(mailing.test_client(), name, email="x@example.com")
        assert "This username is taken" in check_page(taken).text
        found = get_page(member, f"/search?in=people&q={name}")
        assert not found.all("li", class_="person")
        # They themselves: by the name with the password, and never by the address.
        browser = mailing.test_client()
        log_in(browser, person(name))
        assert address in get_page(browser, "/index").text
        assert get_page(browser, f"/user/{name}")
        picture = browser.get(f"/user/{name}/avatar.svg")
        assert (picture.status_code, picture.cache_control.private) == (200, True)
        by_address = send(
            mailing.test_client(), "/auth/login", username=address, password="another one 99"
        )
        assert by_address.status_code == 422
    answer = send(
        mailing.test_client(), "/auth/login", username="dora@example.com", password=PASSWORD
    )
    assert answer.status_code == 422


def test_a_mail_is_sent_again_to_whom_it_belongs(mailing, ana):
    for name, address in (("dora", "dora@example.com"), ("evas", "ana@example.com")):
        browser = mailing.test_client()
        register(browser, name, email=address)
        carry_out()
        assert send(browser, CHECK).location == CHECK
        assert "sent it again" in get_page(browser, CHECK).text
        assert [to for _, to in carry_out()] == [address]


def test_only_the_browser_that_registered_sees_where_the_mail_went(mailing, client):
    register(mailing.test_client(), "dora")
    assert client.get(CHECK).location == "/auth/login"
    client.set_cookie("registration", "forged")
    assert client.get(CHECK).location == "/auth/login"


def test_the_link_goes_on_signed_in_where_they_registered(mailing, client):
    register(client, "dora")
    assert send(client, link_in("verify_email")).location == "/welcome"
    assert "Your address is confirmed" in get_page(client, "/welcome").text
    assert person("dora").is_verified


def test_the_link_only_confirms_in_another_browser(mailing, client):
    register(mailing.test_client(), "dora")
    register(client, "evas", email="evas@example.com")
    path = next(LINK.search(read(task))[1] for task in waiting(to="new@example.net"))
    assert send(client, path).location == "/auth/login?next=/welcome"
    assert client.get("/index").status_code == 302
    assert person("dora").is_verified
    assert not person("evas").is_verified


def test_an_owner_is_not_buried_in_notices_about_their_address(mailing, ana):
    for number in range(7):
        register(mailing.test_client(), f"eva{number}", email="ana@example.com")
    assert len(carry_out()) == 5


@pytest.mark.parametrize("name", ["ana", "ANA", " Ana "])
def test_a_name_is_taken_in_every_case(client, ana, name):
    response = register(client, name)
    assert response.status_code == 422
    assert "This username is taken. Try another." in check_page(response).text


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
    second = register(app.test_client(), "eva", email="DORA@xn--bcher-kva.example")
    assert second.status_code == 422


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
    assert "The passwords don't match." in check_page(response).text
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
    assert "taking new members right now" in page.text
    assert not get_page(client, "/explore").all("a", href=REGISTER)
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
