"""What a form says that scripts fill in, and one that was open for too long."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import db
from app.lib.dates import utcnow
from app.models import User
from tests.support.factories import PASSWORD
from tests.support.pages import Page, check_page, counted_statements, get_page, patient, send

REGISTER = "/auth/register"
TYPED = {"username": "dora", "email": "dora@example.net"}
SECRET = {"password": PASSWORD, "password2": PASSWORD}
NO_PERSON = "We can't tell whether a person sent this."
TOO_OLD = "This page was open for a long time."


def sent(client: FlaskClient, fields: dict[str, str], **values: str) -> TestResponse:
    return client.post(REGISTER, data=fields | TYPED | SECRET | values)


def refused(response: TestResponse, text: str) -> Page:
    """The form again, with what was typed and without what nobody may read twice."""
    assert response.status_code == 422
    page = check_page(response)
    assert text in page.text
    fields = page.fields(REGISTER)
    assert {name: fields[name] for name in TYPED} == TYPED
    assert fields["website"] == "" and PASSWORD not in response.text
    assert db.session.scalar(User.named("dora")) is None
    return page


def test_who_sends_the_form_at_once_is_asked_to_wait_and_may_then(client: FlaskClient) -> None:
    fields = get_page(client, REGISTER).fields(REGISTER)
    again = refused(sent(client, fields), NO_PERSON).fields(REGISTER)
    # The wait does not begin again.
    assert again["stamp"] == fields["stamp"]
    with time_machine.travel(utcnow() + timedelta(seconds=2.5)):
        assert sent(client, again).status_code == 302


def test_what_fills_in_the_field_that_nobody_sees_is_refused(client: FlaskClient) -> None:
    fields = patient(client, get_page(client, REGISTER).fields(REGISTER))
    answer = sent(client, fields, website="https://example.com")
    assert sent(client, refused(answer, NO_PERSON).fields(REGISTER)).status_code == 302


def test_people_do_not_meet_that_field(client: FlaskClient) -> None:
    page = get_page(client, REGISTER)
    (field,) = page.all("input", name="website")
    (around,) = page.all("div", class_="field--spare")
    assert field in list(around) and around.get("aria-hidden") == "true"
    assert (field.get("tabindex"), field.get("autocomplete")) == ("-1", "off")


@pytest.mark.parametrize("stamp", ["", "x", "0" * 16 + "." + "0" * 64, "\u202e", "a" * 5000])
def test_a_stamp_that_is_not_ours_is_refused(client: FlaskClient, stamp: str) -> None:
    fields = get_page(client, REGISTER).fields(REGISTER)
    again = refused(sent(client, fields, stamp=stamp), NO_PERSON).fields(REGISTER)
    assert sent(client, patient(client, again)).status_code == 302


def test_a_stamp_works_in_the_browser_that_was_shown_it(app: Flask, client: FlaskClient) -> None:
    other = app.test_client()
    foreign = patient(other, get_page(other, REGISTER).fields(REGISTER))["stamp"]
    own = get_page(client, REGISTER).fields(REGISTER)
    refused(sent(client, own, stamp=foreign), NO_PERSON)


def test_a_form_that_was_open_for_hours_comes_again_with_what_was_typed(
    client: FlaskClient,
) -> None:
    fields = get_page(client, REGISTER).fields(REGISTER)
    with time_machine.travel(utcnow() + timedelta(hours=2, seconds=5)):
        again = refused(sent(client, fields), TOO_OLD).fields(REGISTER)
        assert again["stamp"] != fields["stamp"]
    with time_machine.travel(utcnow() + timedelta(hours=2, seconds=10)):
        assert sent(client, again).status_code == 302


def test_the_answer_is_the_same_whatever_the_script_knows(
    app: Flask, client: FlaskClient, ana: User
) -> None:
    """Neither whether a name or an address is known, nor by what it was found out."""
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    answers = []
    for values in (TYPED, {"username": "ana", "email": ana.email}, {"username": "", "email": "?"}):
        for website in ("", "x"):
            fields = get_page(client, REGISTER).fields(REGISTER) | SECRET | values
            with counted_statements() as ran:
                answer = client.post(REGISTER, data=fields | {"website": website})
            page = check_page(answer)
            shown = page.fields(REGISTER)
            assert (shown["username"], shown["email"]) == (values["username"], values["email"])
            notices = [
                " ".join("".join(one.itertext()).split()) for one in page.all("div", role="alert")
            ]
            answers.append((answer.status_code, notices, ran))
    assert all(one == answers[0] for one in answers)


def test_a_form_without_any_stamp_is_no_error(client: FlaskClient) -> None:
    token = get_page(client, REGISTER).fields(REGISTER)["csrf_token"]
    body = urlencode({"csrf_token": token})
    answer = client.post(REGISTER, data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 422
    assert NO_PERSON in check_page(answer).text


def test_attempts_of_scripts_count(app: Flask, client: FlaskClient) -> None:
    app.config["RATELIMIT_ENABLED"] = True
    for _ in range(25):
        assert send(client, REGISTER, website="x").status_code == 422
    assert send(client, REGISTER, **TYPED, **SECRET).status_code == 429
