"""The question that the owner of a site asks those who join."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import db
from app.models import User
from app.services.accounts import invitations, registrations
from app.services.errors import WrongAnswerError
from tests.support.factories import PASSWORD
from tests.support.pages import check_page, get_page, patient, send

REGISTER = "/auth/register"
QUESTION = "What do bees make?"


@pytest.fixture
def asking(app: Flask) -> Flask:
    app.config |= {"JOIN_QUESTION": QUESTION, "JOIN_ANSWERS": "honey, Bee  wax，蜂蜜, café"}
    return app


def register(client: FlaskClient, **values: str) -> TestResponse:
    fields = {"username": "dora", "email": "dora@example.net"}
    return send(client, REGISTER, **(fields | values), password=PASSWORD, password2=PASSWORD)


@pytest.mark.parametrize(
    "answer", ["honey", " HONEY ", "bee wax", "Bee-Wax!", "蜂蜜", "CAFE", "Ｈoney"]
)
def test_any_accepted_answer_lets_somebody_in(
    asking: Flask, client: FlaskClient, answer: str
) -> None:
    page = get_page(client, REGISTER)
    assert QUESTION in page.text
    assert register(client, answer=answer).status_code == 302


@pytest.mark.parametrize("answer", ["", " ", "wax", "honey, wax", "?", ",", "\u202e", "x" * 201])
def test_another_answer_is_told_under_the_question(
    asking: Flask, client: FlaskClient, answer: str
) -> None:
    response = register(client, answer=answer)
    assert response.status_code == 422
    page = check_page(response)
    assert page.all("input", name="answer")[0].get("aria-invalid") == "true"
    if answer == "wax":
        assert "That's not the answer. Try again." in page.text
        assert page.fields(REGISTER)["answer"] == "wax"
    assert db.session.scalar(User.named("dora")) is None


def test_guesses_are_limited(asking: Flask, client: FlaskClient) -> None:
    asking.config["RATELIMIT_ENABLED"] = True
    statuses = [register(client, answer=f"guess {number}").status_code for number in range(11)]
    assert statuses == [422] * 10 + [429]
    other = asking.test_client()
    other.environ_base["REMOTE_ADDR"] = "198.51.100.9"
    assert register(other, answer="honey").status_code == 302


@pytest.mark.parametrize("changes", [{"JOIN_QUESTION": ""}, {"JOIN_ANSWERS": " , ?"}])
def test_nothing_is_asked_without_a_question_or_without_answers(
    asking: Flask, client: FlaskClient, changes: dict[str, str]
) -> None:
    asking.config |= changes
    assert "answer" not in get_page(client, REGISTER).fields(REGISTER)
    assert register(client).status_code == 302


def test_an_invitation_speaks_for_whoever_has_it(asking: Flask, client: FlaskClient) -> None:
    code = invitations.code_of(invitations.create(None, 1, 7))
    db.session.commit()
    fields = get_page(client, f"{REGISTER}?invite={code}").fields(REGISTER)
    assert "answer" not in fields
    fields = patient(client, fields) | {"username": "dora", "email": "dora@example.net"}
    fields |= {"password": PASSWORD, "password2": PASSWORD}
    assert client.post(REGISTER, data=fields).status_code == 302
    # Now it is used up, and opens nothing.
    with pytest.raises(WrongAnswerError):
        registrations.register(
            "eva",
            ("eva@example.net", "eva@example.net"),
            PASSWORD,
            join_request=registrations.JoinRequest(invite=code),
        )


def test_a_question_that_came_meanwhile_is_asked(asking: Flask, client: FlaskClient) -> None:
    asking.config["JOIN_QUESTION"] = ""
    fields = patient(client, get_page(client, REGISTER).fields(REGISTER))
    fields |= {"username": "dora", "email": "dora@example.net"}
    asking.config["JOIN_QUESTION"] = QUESTION
    answer = client.post(REGISTER, data=fields | {"password": PASSWORD, "password2": PASSWORD})
    assert answer.status_code == 422 and QUESTION in check_page(answer).text


def test_a_client_is_sent_to_the_site(asking: Flask, client: FlaskClient) -> None:
    body = {"username": "dora", "email": "dora@example.net", "password": PASSWORD}
    answer = client.post("/api/users", json=body)
    assert answer.status_code == 403
    assert answer.json["detail"] == "Registration asks a question: answer it on the site."
