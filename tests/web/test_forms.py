"""What holds for every form."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale

from app.lib.password_rules import PasswordProblem
from app.models import User
from app.web.forms import length_problem, password_advice
from tests.support.pages import check_page, log_in, send


def test_only_the_first_of_several_errors_takes_the_focus(client: FlaskClient, ana: User) -> None:
    wrong = {"username": "?", "email": "?", "password": "1", "password2": "2"}
    page = check_page(send(client, "/auth/register", **wrong))
    assert [field.get("name") for field in page.all("input") if "autofocus" in field.attrib] == [
        "username"
    ]
    log_in(client, ana)
    wrong = {"old_password": "", "password": "1", "password2": "2"}
    page = check_page(send(client, "/settings/password", **wrong))
    assert [field.get("name") for field in page.all("input") if "autofocus" in field.attrib] == [
        "old_password"
    ]


@pytest.mark.parametrize(
    "path",
    [
        "/index",
        "/messages/ben",
        "/settings/profile",
        "/settings/account",
        "/settings/password",
        "/settings/tokens",
    ],
)
def test_what_a_member_types_is_in_a_form_that_is_nobody_elses(
    client: FlaskClient, ana: User, ben: User, path: str
) -> None:
    """Going back, browsers fill in what was typed into a form with the same first fields."""
    log_in(client, ana)
    typed = 0
    for form in check_page(client.get(path)).all("form"):
        fields = [*form.iter("input"), *form.iter("textarea")]
        if any(field.get("type") != "hidden" for field in fields) and form.get("method") == "post":
            assert fields[0].get("name") == f"typed-by-{ana.id}"
            typed += 1
    assert typed


def test_numbers_in_messages_are_written_as_everywhere(app: Flask) -> None:
    with app.test_request_context():
        assert length_problem("x" * 2780, 280) == "This is 2,500 characters too long."
        assert "1,024 characters" in password_advice(PasswordProblem.TOO_LONG, 8)
        with force_locale("es"):
            assert "12.500 " in (length_problem("x" * 12_780, 280) or "")
