"""Nothing that somebody wrote is lost because their session ended."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app import db
from app.models import Message, Post, User
from app.services.posts import drafts
from app.services.posts.drafts import Writing
from tests.support.factories import PASSWORD, make_post
from tests.support.pages import Page, check_page, get_page, log_in, send

TEXT = "A <long> evening's work\n\nwith a second part."


def written(client: FlaskClient, page: str, action: str, **values: str) -> Page:
    """Open the page, sign out as if elsewhere, and send what was written."""
    fields = get_page(client, page).fields(action) | values
    send(client, "/settings", "/auth/logout")
    response = client.post(action, data=fields)
    assert response.status_code == 400
    return check_page(response)


def sign_in_on(client: FlaskClient, page: Page, person: User, password: str = PASSWORD) -> Page:
    fields = page.fields("/auth/login") | {"username": person.username, "password": password}
    return check_page(client.post("/auth/login", data=fields))


def stored() -> list[str]:
    """All that was written and has arrived."""
    texts = db.session.scalars(sa.union_all(sa.select(Post.body), sa.select(Message.body))).all()
    return list(texts)


@pytest.mark.parametrize(
    ("page", "action", "field"),
    [
        ("/index", "/index", "post"),
        ("/messages/ben", "/send_message/ben", "message"),
        ("/post/{}/edit", "/post/{}/edit", "post"),
        ("/draft/{draft}", "/draft/{draft}/publish", "post"),
    ],
)
def test_what_was_written_waits_in_its_form_after_signing_in(client, ana, ben, page, action, field):
    log_in(client, ana)
    post = make_post(ana)
    draft = drafts.save(ana, "key", Writing("Kept")).id
    db.session.commit()
    page, action = (path.format(post.id, draft=draft) for path in (page, action))
    signed_out = written(client, page, action, **{field: TEXT})
    assert "You're signed out" in signed_out.text
    assert "Your text is safe." in signed_out.text
    assert "Error 400" in signed_out.text
    # A wrong password loses nothing either.
    refused = sign_in_on(client, signed_out, ana, "not the password 1")
    assert refused.response.status_code == 422
    again = sign_in_on(client, refused, ana)
    assert again.fields(action)[field] == TEXT
    assert TEXT not in stored()
    assert client.post(action, data=again.fields(action)).status_code == 302
    assert stored().count(TEXT) == 1


def test_the_choices_beside_the_text_are_kept_too(client, ana):
    log_in(client, ana)
    page = written(client, "/index", "/index", post=TEXT, title="On time")
    assert sign_in_on(client, page, ana).fields("/index")["title"] == "On time"


def test_whoever_signed_in_again_meanwhile_finds_the_form_filled_in(client, ana):
    log_in(client, ana)
    fields = get_page(client, "/index").fields("/index") | {"post": TEXT}
    send(client, "/settings", "/auth/logout")
    log_in(client, ana)
    page = check_page(client.post("/index", data=fields))
    assert "You've signed in as @ana since you opened this page." in page.text
    assert page.fields("/index")["post"] == TEXT
    assert stored() == []


def test_somebody_else_does_not_edit_with_it_and_still_sees_the_text(client, ana, ben):
    log_in(client, ana)
    action = f"/post/{make_post(ana).id}/edit"
    page = written(client, action, action, post=TEXT)
    refused = sign_in_on(client, page, ben)
    assert refused.response.status_code == 403
    assert TEXT in [(area.text or "").removeprefix("\n") for area in refused.all("textarea")]


@pytest.mark.parametrize(
    "target", ["//evil.example", "/settings/account/close", "/auth/login", "x"]
)
def test_only_forms_that_are_written_into_are_shown_again(client, ana, target):
    page = get_page(client, "/auth/login")
    fields = page.fields("/auth/login") | {"username": "ana", "password": PASSWORD}
    response = client.post("/auth/login", data=fields | {"resume": target, "post": TEXT})
    assert (response.status_code, response.location) == (302, "/index")


def test_a_sign_in_form_from_before_signing_in_leads_where_it_would_have(client, ana):
    stale = get_page(client, "/auth/login?next=/explore").fields("/auth/login")
    log_in(client, ana)
    fields = stale | {"username": "ana", "password": PASSWORD}
    assert client.post("/auth/login", data=fields).location == "/explore"
    assert client.post("/auth/login", data=fields | {"next": "//evil.example"}).location == "/index"


@pytest.mark.parametrize("path", ["/auth/register", "/auth/reset_password_request"])
def test_other_forms_for_visitors_lead_home(app, client, ana, path):
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    stale = get_page(client, path).fields(path)
    log_in(client, ana)
    assert client.post(path, data=stale).location == "/index"
