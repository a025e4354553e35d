"""The page about the API for people."""

from __future__ import annotations

from flask.testing import FlaskClient

from app.api.blueprint import operation
from app.api.openapi import path_of
from app.models import User
from tests.support.pages import get_page, log_in


def test_the_page_for_people_has_every_operation(client: FlaskClient, ana: User) -> None:
    text = get_page(client, "/api/docs").text
    for one in operation:
        assert f"{one.method.upper()} /api{path_of(one)}" in text
    log_in(client, ana)
    page = get_page(client, "/api/docs")
    assert page.all("a", href="/settings/tokens")
