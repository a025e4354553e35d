"""What holds for every form."""

from __future__ import annotations

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


def test_numbers_in_messages_are_written_as_everywhere(app: Flask) -> None:
    with app.test_request_context():
        assert length_problem("x" * 2780, 280) == "This is 2,500 characters too long."
        assert "1,024 characters" in password_advice(PasswordProblem.TOO_LONG, 8)
        with force_locale("es"):
            assert "12.500 " in (length_problem("x" * 12_780, 280) or "")
