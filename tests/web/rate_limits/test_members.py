"""What members may do how often, on pages and by clients together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.lib.dates import utcnow
from app.models import User
from tests.support.factories import make_token, make_user
from tests.support.pages import get_page, log_in

pytestmark = pytest.mark.slow

# What is done the n-th time, by whom and with which token. Returns the status.
Act = Callable[[FlaskClient, str, int], int]


@pytest.fixture
def author(app: Flask) -> User:
    """Somebody who has been here for long."""
    app.config["RATELIMIT_ENABLED"] = True
    return make_user("ana", created_at=utcnow() - timedelta(days=8))


def post(client: FlaskClient, token: str, number: int) -> int:
    data = {"csrf_token": token, "post": f"The bakery opens, {number}"}
    return client.post("/index", data=data).status_code


def follow(client: FlaskClient, token: str, _number: int) -> int:
    return client.post("/follow/ben", data={"csrf_token": token}).status_code


@pytest.mark.parametrize(("act", "times"), [(post, 30), (follow, 60)])
def test_a_member_acts_so_often(
    client: FlaskClient, author: User, ben: User, act: Act, times: int
) -> None:
    log_in(client, author)
    token = get_page(client, "/auth/logout").fields("/auth/logout")["csrf_token"]
    statuses = [act(client, token, number) for number in range(times + 1)]
    assert statuses == [302] * times + [429]
    # A client of theirs gets no more on top.
    headers = {"Authorization": f"Bearer {make_token(author, scope='write').secret}"}
    path, body = (
        ("/api/posts", {"body": "x"}) if act is post else (f"/api/users/{ben.id}/follow", {})
    )
    method = "POST" if act is post else "PUT"
    assert client.open(path, method=method, json=body, headers=headers).status_code == 429
