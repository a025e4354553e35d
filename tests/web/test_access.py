"""What a role lets its people do, through every door."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app import db
from app.lib.dates import utcnow
from app.models import Message, Post, Session, User
from app.services.errors import NotAllowedError
from app.services.messages import messages
from app.web.view_options import ViewOptions, requires_permission
from tests.support.factories import make_message, make_token, make_user
from tests.support.pages import get_page, log_in, send
from tests.support.roles import give_role, make_role, named_role

DATA = {"up_to": "1", "all": "1"}


@pytest.fixture
def quiet(client: FlaskClient) -> User:
    """Somebody who may only report, signed in."""
    person = make_user("quiet")
    make_role("Readers", "report")
    give_role(person, "readers")
    log_in(client, person)
    return person


def count(kind: type[Post | Message]) -> int:
    return db.session.query(kind).count()


def token_of(client: FlaskClient) -> dict[str, str]:
    return {"csrf_token": get_page(client, "/auth/logout").fields("/auth/logout")["csrf_token"]}


def test_whoever_may_not_write_gets_no_form_and_no_post(client: FlaskClient, quiet: User) -> None:
    page = get_page(client, "/index")
    assert not page.all("textarea") and "Write a post" not in page.text
    # It is not their address that is missing.
    assert "Check your email" not in page.text
    response = client.post("/index", data={"post": "Hello", **token_of(client)})
    assert response.status_code == 403
    assert count(Post) == 0


@pytest.mark.parametrize("permissions", ["message", "write"])
def test_messages_need_both_permissions(client: FlaskClient, ana: User, permissions: str) -> None:
    person = make_user("person")
    make_role("Some", permissions)
    give_role(person, "some")
    log_in(client, person)
    assert "/messages/ana" not in get_page(client, "/user/ana").response.text
    for path in ("/messages", "/messages/ana"):
        assert "New message" not in get_page(client, path).text
    assert client.get("/messages/new").status_code == 403
    data = {"message": "Hello", **token_of(client)}
    assert client.post("/send_message/ana", data=data).status_code == 403
    assert count(Message) == 0


def test_a_service_sends_nothing_of_whoever_may_not(ana: User, ben: User) -> None:
    make_role("Writers", "write")
    give_role(ana, "writers")
    for act in (messages.send, messages.send_new):
        with pytest.raises(NotAllowedError):
            act(ana, ben, "Hello")


def test_programs_may_do_no_more_than_their_people(
    app: Flask, client: FlaskClient, quiet: User, ana: User
) -> None:
    headers = {"Authorization": f"Bearer {make_token(quiet).secret}"}
    bodies = {
        "/api/posts": {"body": "Hello"},
        "/api/messages": {"body": "Hello", "recipient_id": ana.id},
    }
    for path, body in bodies.items():
        assert client.post(path, json=body, headers=headers).status_code == 403
    assert client.get("/api/users/me", headers=headers).status_code != 403
    named_role("readers").permission_names = "write"
    db.session.commit()
    # Effective at once, each for itself.
    assert client.post("/api/posts", json=bodies["/api/posts"], headers=headers).status_code == 201
    refused = client.post("/api/messages", json=bodies["/api/messages"], headers=headers)
    assert refused.status_code == 403


def test_what_was_written_before_stays_readable(
    client: FlaskClient, quiet: User, ana: User
) -> None:
    make_message(ana, quiet, "Welcome to the bakery.")
    page = get_page(client, "/messages/ana")
    assert "Welcome to the bakery." in page.text
    assert "doesn't accept messages" not in page.text


def test_an_export_needs_no_permission(client: FlaskClient, quiet: User) -> None:
    assert send(client, "/settings/export", "/settings/export").status_code == 302


def test_what_staff_change_asks_for_the_password_again(
    app: Flask, client: FlaskClient, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a view that every member may call, declared as one for staff."""
    path, view = "/notifications/read", app.view_functions["main.read_notifications"]
    options = ViewOptions(permissions=("see_audit_log",))
    monkeypatch.setattr(view, "options", options, raising=False)
    assert client.post(path, data=token_of(client)).location.startswith("/auth/login")
    log_in(client, ana)
    assert client.post(path, data={**DATA, **token_of(client)}).status_code == 404
    give_role(ana, "administrator")
    assert client.post(path, data={**DATA, **token_of(client)}).status_code == 302
    long_ago = utcnow() - timedelta(minutes=31)
    db.session.execute(sa.update(Session).values(created_at=long_ago))
    answer = client.post(path, data={**DATA, **token_of(client)})
    assert answer.status_code == 403
    assert "Your password" in answer.text


def test_a_permission_that_does_not_exist_is_noticed_at_once() -> None:
    with pytest.raises(ValueError, match="is no permission"):
        requires_permission("fly")
