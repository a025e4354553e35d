"""The first administrator, by a link that only the server's terminal has shown."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app import db
from app.lib.dates import utcnow
from app.models import AuditEntry, SecurityEvent, SetupCode, User
from app.services.accounts import setup
from app.web.request_log import masked_path
from tests.support.factories import PASSWORD, make_user
from tests.support.pages import get_page, send
from tests.support.roles import role_name

VALUES = {"email": "dora@example.com", "password": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def path(app: Flask) -> str:
    """The path of a link that works."""
    link = setup.make_link()
    db.session.commit()
    return link.removeprefix(app.config["BASE_URL"])


def test_the_link_makes_an_administrator_who_is_signed_in(
    app: Flask, client: FlaskClient, path: str
) -> None:
    response = send(client, path, path, username="dora", **VALUES)
    assert response.location == "/index"
    dora = db.session.scalars(User.named("dora")).one()
    assert role_name(dora) == "administrator" and dora.is_verified
    assert "Administration" in get_page(client, "/index").text
    event = db.session.scalars(sa.select(SecurityEvent)).one()
    assert (event.name, event.facts["method"]) == ("signed_in", "password")
    (entry,) = db.session.scalars(sa.select(AuditEntry))
    assert (entry.action, entry.actor_id, entry.person_id) == ("create_account", None, dora.id)
    # It works once.
    assert app.test_client().get(path).status_code == 404
    assert app.test_client().post(path).status_code in (400, 404)


def test_the_page_says_what_it_is_for_and_what_is_wrong(client: FlaskClient, path: str) -> None:
    assert "Set up Microblog" in get_page(client, path).text
    for wrong in ({"username": "x"}, {"email": "x"}, {"password": "short"}):
        response = send(client, path, path, **{"username": "dora", **VALUES, **wrong})
        assert response.status_code == 422
    assert db.session.scalar(sa.select(User.id)) is None
    assert client.get(path).status_code == 200


def test_the_database_holds_no_code(path: str) -> None:
    assert db.session.scalars(sa.select(SetupCode.code_hash)).one() not in path


def test_a_new_link_voids_the_one_before(client: FlaskClient, path: str) -> None:
    setup.make_link()
    db.session.commit()
    assert client.get(path).status_code == 404


def test_a_link_is_good_for_a_day(client: FlaskClient, path: str) -> None:
    with time_machine.travel(utcnow() + timedelta(hours=23, minutes=59)):
        assert client.get(path).status_code == 200
    with time_machine.travel(utcnow() + timedelta(hours=24, minutes=1)):
        assert client.get(path).status_code == 404
        assert setup.purge() == 1


def test_a_site_with_an_administrator_has_no_use_for_it(client: FlaskClient, path: str) -> None:
    boss = make_user("boss", role="administrator")
    assert client.get(path).status_code == 404
    boss.closed_at = utcnow()
    db.session.commit()
    assert client.get(path).status_code == 404


def test_the_code_is_in_no_log(path: str) -> None:
    assert masked_path(path) == "/auth/setup/…"


def test_making_a_link_is_in_the_log(app: Flask) -> None:
    for words in (["--first"], ["--first"], []):
        assert app.test_cli_runner().invoke(args=["user", "setup-link", *words]).exit_code == 0
    entries = db.session.scalars(sa.select(AuditEntry)).all()
    # The second command found the link of the first.
    assert [(one.action, one.actor_id) for one in entries] == [("make_setup_link", None)] * 2
