"""Apply to join, wait, and decide who may."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app import db
from app.lib.dates import utcnow
from app.models import User
from app.services.accounts import applications, invitations
from app.services.site.audit import COMMAND_LINE
from tests.support.factories import PASSWORD, make_post, make_token, make_user
from tests.support.mailbox import link_in, templates
from tests.support.pages import check_page, get_page, log_in, patient, send

APPROVALS, REGISTER, WAITING = "/admin/approvals", "/auth/register", "/auth/waiting"
REASON = "I bake bread\nby the river."


@pytest.fixture
def approving(app: Flask) -> Flask:
    app.config["REGISTRATION"] = "approval"
    return app


@pytest.fixture
def sam(client: FlaskClient, approving: Flask) -> User:
    """Signed in at `client`."""
    person = make_user("sam", role="admin")
    log_in(client, person)
    return person


def apply(app: Flask, username: str = "dora", **values: str) -> FlaskClient:
    """The browser in which somebody has applied."""
    browser = app.test_client()
    fields = {"email": f"{username}@example.net", "password": PASSWORD, "password2": PASSWORD}
    answer = send(browser, REGISTER, username=username, reason=REASON, **(fields | values))
    assert answer.status_code == 302, answer.text
    return browser


def choose(client: FlaskClient, action: str, *usernames: str) -> str:
    ids = [db.session.scalars(User.named(name)).one().id for name in usernames]
    token = get_page(client, APPROVALS).fields(f"{APPROVALS}/accept")["csrf_token"]
    data = {"csrf_token": token, "application": ids}
    assert client.post(f"{APPROVALS}/{action}", data=data).location == APPROVALS
    return get_page(client, APPROVALS).text


def test_an_applicant_waits_is_accepted_and_writes(approving, client, sam):
    dora = apply(approving)
    page = get_page(dora, WAITING)
    assert "Your application is waiting" in page.text and "by the river." in page.text
    queue = get_page(client, APPROVALS)
    assert "1 person waits." in queue.text and "@dora" in queue.text and "I bake" in queue.text
    assert "1 accepted." in choose(client, "accept", "dora")
    assert dora.get(WAITING).location == "/index"
    assert send(dora, "/index", post="Hello, all.").status_code == 302
    assert "No one is waiting" in get_page(client, APPROVALS).text


def test_several_are_refused_at_once_and_their_names_are_free(approving, client, sam):
    browsers = [apply(approving, name) for name in ("dora", "eva")]
    apply(approving, "fay")
    assert "2 refused." in choose(client, "refuse", "dora", "eva")
    assert [one.user.username for one in applications.page(9)] == ["fay"]
    for browser in browsers:
        assert browser.get(WAITING).location.startswith("/auth/login")
    apply(approving, "dora")


def test_a_reason_is_needed_and_kept_when_something_else_is_wrong(approving, client):
    page = get_page(client, REGISTER)
    assert "Someone reads what you write below, and decides." in page.text
    answer = send(client, REGISTER, username="dora", reason=" ")
    assert answer.status_code == 422
    shown = check_page(send(client, REGISTER, username="dora", reason=REASON))
    assert shown.fields(REGISTER)["reason"] == REASON
    assert send(client, REGISTER, reason="x" * 501).status_code == 422


def test_with_an_invitation_nobody_asks_why(approving, client):
    url = invitations.url_of(invitations.create(None, 1, 7))
    db.session.commit()
    page = get_page(client, url.removeprefix("http://localhost:5000"))
    assert "reason" not in page.fields(REGISTER)
    answer = client.post(
        REGISTER,
        data=patient(client, page.fields(REGISTER))
        | {
            "username": "dora",
            "email": "dora@example.net",
            "password": PASSWORD,
            "password2": PASSWORD,
        },
    )
    assert answer.location == "/welcome"
    assert not db.session.scalars(User.named("dora")).one().is_applicant


def test_with_mail_an_application_waits_for_its_address_first(approving, client, sam):
    approving.config["EMAILS_MUST_BE_VERIFIED"] = True
    dora = apply(approving)
    assert "No one is waiting" in get_page(client, APPROVALS).text
    assert send(dora, link_in("verify_email")).location == "/welcome"
    assert dora.get("/index").location == WAITING
    assert "we'll email you" in get_page(dora, WAITING).text
    choose(client, "accept", "dora")
    assert templates()[-1] == "application_accepted"
    assert get_page(dora, "/index")


def test_an_applicant_reads_what_visitors_read_and_nothing_else(approving, ana):
    make_post(ana, "Known to all.")
    dora = apply(approving)
    assert "Known to all." in get_page(dora, "/explore").text
    assert get_page(dora, "/about")
    for path in ("/index", "/messages", "/notifications/all", "/settings", "/settings/tokens"):
        assert dora.get(path).location == WAITING, path
    for path in ("/user/dora", "/user/dora/popup"):
        assert dora.get(path).status_code == 404, path
        assert approving.test_client().get(path).status_code == 404, path
    approving.config["PUBLIC_READING"] = False
    assert dora.get("/explore").location == WAITING
    assert dora.get("/user/ana").location == WAITING


def test_an_applicant_has_no_token(approving, ana):
    apply(approving)
    credentials = ("dora", PASSWORD)
    assert approving.test_client().post("/api/tokens", auth=credentials).status_code == 403
    token = make_token(db.session.scalars(User.named("dora")).one())
    headers = {"Authorization": f"Bearer {token.secret}"}
    assert approving.test_client().get("/api/me", headers=headers).status_code == 403


def test_an_applicant_withdraws(approving):
    dora = apply(approving)
    assert send(dora, WAITING, f"{WAITING}/withdraw").location == "/"
    assert "We deleted your application." in get_page(dora, "/").text
    assert dora.get("/index").location.startswith("/auth/login")
    assert db.session.scalar(User.named("dora")) is None


def test_nothing_chosen_and_somebody_faster_are_told(approving, client, sam):
    apply(approving)
    apply(approving, "eva")
    assert "Choose at least one" in choose(client, "refuse")
    dora = db.session.scalars(User.named("dora")).one()
    token = get_page(client, APPROVALS).fields(f"{APPROVALS}/accept")["csrf_token"]
    applications.accept([dora.id], COMMAND_LINE)
    db.session.commit()
    data = {"csrf_token": token, "application": dora.id}
    assert client.post(f"{APPROVALS}/refuse", data=data).location == APPROVALS
    assert "Someone else has decided already." in get_page(client, APPROVALS).text
    data["application"] = "-1"
    assert client.post(f"{APPROVALS}/accept", data=data).status_code == 422


def test_deciding_asks_for_the_password_after_half_an_hour(approving, client, sam):
    apply(approving)
    with time_machine.travel(utcnow() + timedelta(minutes=29)):
        client.get("/index")
    with time_machine.travel(utcnow() + timedelta(minutes=31)):
        token = get_page(client, APPROVALS).fields(f"{APPROVALS}/accept")["csrf_token"]
        assert client.post(f"{APPROVALS}/accept", data={"csrf_token": token}).status_code == 403


def test_a_long_queue_has_pages(approving, client, sam):
    for number in range(30):
        applications.apply(make_user(f"dora{number}"), "x" * 500, "192.0.2.0/24")
    db.session.commit()
    page = get_page(client, APPROVALS)
    assert "30 people wait." in page.text and len(page.all("li", class_="application")) == 25
    (link,) = page.all("a", rel="next")
    second = get_page(client, link.get("href"))
    assert len(second.all("li", class_="application")) == 5
    assert second.all("a", rel="prev")[0].get("href") == APPROVALS


def test_nobody_else_decides(client, ana):
    log_in(client, ana)
    assert client.get(APPROVALS).status_code == 404
    assert not get_page(client, "/settings").all("a", href=APPROVALS)


def test_the_site_says_that_one_can_ask_to_join(approving, client):
    assert "Anyone can ask to join." in get_page(client, "/about").text
    assert get_page(client, "/").all("a", href=REGISTER)
