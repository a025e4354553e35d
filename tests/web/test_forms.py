"""What holds for every form."""

from __future__ import annotations

from flask.testing import FlaskClient

from app.models import User
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
