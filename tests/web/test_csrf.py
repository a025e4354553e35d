"""Forms count only from our own pages, in the session that got them."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import db
from app.models import User
from tests.support.factories import PASSWORD, make_user
from tests.support.pages import check_page, get_page, log_in_by_form, send
from tests.support.sites import PRODUCTION, open_site

pytestmark = pytest.mark.slow

PRIVACY = "/settings/privacy"


@pytest.fixture
def member(client: FlaskClient, ana: User) -> FlaskClient:
    log_in_by_form(client, ana)
    return client


def token(client: FlaskClient, path: str = PRIVACY) -> str:
    return get_page(client, path).fields(path)["csrf_token"]


def hide(client: FlaskClient, sent: str | None, **headers: str) -> TestResponse:
    """Send the form that hides when one was here last."""
    data = {} if sent is None else {"csrf_token": sent}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(PRIVACY, data=data, headers=named)


def is_hidden() -> bool:
    db.session.expire_all()
    return not db.session.scalar(User.named("ana")).shows_last_seen


def test_a_form_of_ours_counts(member):
    assert hide(member, token(member)).status_code == 302
    assert is_hidden()


@pytest.mark.parametrize(
    "sent", [None, "", ".", "x", "a.b", "é.ü", "a" * 16 + "." + "0" * 64, "x" * 9000]
)
def test_a_form_without_its_token_does_not_count_and_says_what_to_do(member, sent):
    response = hide(member, sent)
    assert response.status_code == 400
    assert "Open it again" in check_page(response).text
    assert not is_hidden()


def test_what_was_written_on_a_page_that_no_longer_counts_is_shown_once_more(member):
    fields = get_page(member, "/index").fields("/index") | {"post": "A <long> evening's work"}
    send(member, "/index", "/auth/logout")
    page = check_page(member.post("/index", data=fields))
    (kept,) = page.all("textarea")
    assert (kept.text or "").strip() == "A <long> evening's work"


def test_nothing_from_another_site_is_shown(member):
    response = member.post(
        "/index", data={"post": "Send money"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert response.status_code == 403
    assert "Send money" not in response.text


def test_a_token_of_another_person_does_not_count(member, app, ben):
    other = app.test_client()
    log_in_by_form(other, ben)
    assert hide(member, token(other)).status_code == 400


def test_a_token_of_another_device_does_not_count(member, app, ana):
    other = app.test_client()
    log_in_by_form(other, ana)
    assert hide(member, token(other)).status_code == 400


def test_a_token_from_before_signing_in_does_not_count(client, ana):
    early = token(client, "/auth/login")
    log_in_by_form(client, ana)
    assert hide(client, early).status_code == 400


def test_a_token_from_before_signing_out_does_not_count(member):
    late = token(member)
    fields = {"csrf_token": late}
    assert member.post("/auth/logout", data=fields).status_code == 302
    data = {"csrf_token": late, "username": "ana", "password": PASSWORD}
    assert member.post("/auth/login", data=data).status_code == 400


def test_a_token_of_another_visitor_does_not_sign_in(app, client, ana):
    foreign = token(app.test_client(), "/auth/login")
    token(client, "/auth/login")
    data = {"csrf_token": foreign, "username": "ana", "password": PASSWORD}
    assert client.post("/auth/login", data=data).status_code == 400


def test_a_visitor_without_a_cookie_cannot_send_a_form(app, client, ana):
    sent = token(client, "/auth/login")
    data = {"csrf_token": sent, "username": "ana", "password": PASSWORD}
    assert app.test_client(use_cookies=False).post("/auth/login", data=data).status_code == 400


def test_every_page_has_another_token(member):
    assert token(member) != token(member)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "rubbish", ""])
def test_the_browser_says_that_it_comes_from_elsewhere(member, site):
    response = hide(member, token(member), Sec_Fetch_Site=site)
    assert response.status_code == 403
    check_page(response)
    assert not is_hidden()


@pytest.mark.parametrize(
    "origin",
    [
        *["https://evil.example", "http://localhost.evil.example", "http://localhost:81"],
        *["localhost", "http://", "http://[", "http://evil.example@", "file://"],
    ],
)
def test_an_older_browser_says_that_it_comes_from_elsewhere(member, origin):
    assert hide(member, token(member), Origin=origin).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "same-origin", "Origin": "http://localhost"},
        {"Sec_Fetch_Site": "none"},
        {"Origin": "http://localhost"},
        # A page that sends no referrer, such as the one for a new password.
        {"Origin": "null"},
        {"Origin": "null", "Sec_Fetch_Site": "same-origin"},
        {},
    ],
)
def test_from_here_the_token_decides(member, headers):
    assert hide(member, "wrong", **headers).status_code == 400
    assert hide(member, token(member), **headers).status_code == 302


def test_null_from_another_site_does_not_count(member):
    sent = token(member)
    assert hide(member, sent, Origin="null", Sec_Fetch_Site="cross-site").status_code == 403


def test_a_script_may_send_the_token_in_a_header(member):
    assert hide(member, None, X_CSRF_Token=token(member)).status_code == 302


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "application/octet-stream", "text/html; charset=x"]
)
def test_what_a_foreign_page_can_send_without_asking_does_not_count(member, kind):
    body = f'{{"csrf_token": "{token(member)}"}}'
    assert member.post(PRIVACY, data=body, content_type=kind).status_code == 400
    assert (
        member.post(PRIVACY, data=f"csrf_token={token(member)}", content_type=kind).status_code
        == 400
    )
    assert not is_hidden()


def test_a_token_in_the_address_does_not_count(member):
    assert member.post(f"{PRIVACY}?csrf_token={token(member)}").status_code == 400


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_there_are_no_other_ways_to_change_something(member, method):
    response = member.open(PRIVACY, method=method)
    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]


def test_under_https_a_page_of_the_same_name_without_it_is_a_foreign_one(tmp_path):
    with open_site(tmp_path, **PRODUCTION) as site:
        client = site.test_client()
        log_in_by_form(client, make_user("ana"))
        sent = token(client)
        assert hide(client, sent, Origin="http://blog.example.org").status_code == 403
        assert hide(client, sent, Origin="https://blog.example.org").status_code == 302


def test_a_form_survives_a_change_of_the_key(tmp_path):
    with open_site(tmp_path, **PRODUCTION) as site:
        client = site.test_client()
        log_in_by_form(client, make_user("ana"))
        sent = token(client)
        site.config["SECRET_KEY_FALLBACKS"] = [site.config["SECRET_KEY"]]
        site.config["SECRET_KEY"] = "n" * 40
        assert hide(client, sent).status_code == 302
        site.config["SECRET_KEY_FALLBACKS"] = []
        assert hide(client, sent).status_code == 400
