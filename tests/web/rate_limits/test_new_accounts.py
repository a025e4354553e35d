"""How many accounts are made from one network."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import db
from app.models import User
from app.web.rate_limits import new_accounts
from tests.support.factories import PASSWORD
from tests.support.pages import send


@pytest.fixture
def crowded(app: Flask) -> Flask:
    """Sixty accounts were made in the last hour, from as many addresses of 198.51.100.0/24."""
    app.config["RATELIMIT_ENABLED"] = True
    for number in range(60):
        with app.test_request_context(environ_base={"REMOTE_ADDR": f"198.51.100.{number}"}):
            new_accounts.hit_new_account()
    db.session.commit()
    return app


def register(client: FlaskClient, address: str, name: str = "dora") -> int:
    client.environ_base["REMOTE_ADDR"] = address
    fields = {"username": name, "email": f"{name}@example.net"}
    fields |= {"password": PASSWORD, "password2": PASSWORD}
    return send(client, "/auth/register", **fields).status_code


def test_no_more_accounts_are_made_from_that_network(crowded: Flask, client: FlaskClient) -> None:
    assert register(client, "198.51.100.99") == 429
    assert db.session.scalar(User.named("dora")) is None
    assert register(client, "198.51.101.99") == 302


def test_clients_share_the_limit(crowded: Flask, client: FlaskClient) -> None:
    client.environ_base["REMOTE_ADDR"] = "198.51.100.99"
    body = {"username": "dora", "email": "dora@example.net", "password": PASSWORD}
    assert client.post("/api/users", json=body).status_code == 429
    client.environ_base["REMOTE_ADDR"] = "198.51.101.99"
    assert client.post("/api/users", json=body).status_code == 201


def test_what_is_wrong_in_the_form_does_not_count(app: Flask, client: FlaskClient) -> None:
    app.config["RATELIMIT_ENABLED"] = True
    for number in range(61):
        address = f"198.51.100.{number}"
        client.environ_base["REMOTE_ADDR"] = address
        assert send(client, "/auth/register", username="-", website="x").status_code == 422
    assert register(client, "198.51.100.99") == 302
