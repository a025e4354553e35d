"""Attempts at one's own password are counted together, whichever form asks for it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.models import User
from tests.support.factories import PASSWORD
from tests.support.pages import log_in, send

WRONG = "not my password"
NEW = {"password": "a new horse 8 battery", "password2": "a new horse 8 battery"}
# Of each form that asks for the password: the page, where it goes, and its fields.
FORMS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("/auth/sudo", "/auth/sudo", "password", {}),
    ("/settings/account", "/settings/account/email", "password", {"email": "new@example.com"}),
    ("/settings/password", "/settings/password", "old_password", NEW),
    ("/settings/account/close", "/settings/account/close", "password", {}),
    ("/settings/tokens", "/settings/tokens", "password", {"name": "phone"}),
]


@pytest.fixture
def app(app: Flask) -> Flask:
    app.config["RATELIMIT_ENABLED"] = True
    return app


def guess(client: FlaskClient, form: tuple[str, str, str, dict[str, Any]], password: str) -> int:
    page, action, field, others = form
    return send(client, page, action, **{**others, field: password}).status_code


def test_all_forms_share_ten_attempts(client: FlaskClient, ana: User) -> None:
    log_in(client, ana)
    statuses = [guess(client, form, WRONG) for form in FORMS * 2]
    assert statuses == [422] * 10
    for form in FORMS:
        assert guess(client, form, PASSWORD) == 429


def test_the_right_password_uses_up_nothing(client: FlaskClient, ana: User) -> None:
    log_in(client, ana)
    for _ in range(3):
        assert guess(client, FORMS[0], PASSWORD) == 302
    assert guess(client, FORMS[2], PASSWORD) == 302
    statuses = [guess(client, form, WRONG) for form in FORMS[1:] * 2]
    assert statuses == [422] * 8
    assert guess(client, FORMS[0], WRONG) == 422
