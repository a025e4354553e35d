"""The page of tokens: make one, see it once, revoke it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app import db
from app.lib.dates import utcnow
from app.lib.tokens import hash_token
from app.models import AuditEntry, Token
from tests.support.factories import PASSWORD, make_token, make_user
from tests.support.mailbox import read, templates, waiting
from tests.support.pages import check_page, get_page, log_in, send

LIST = "/settings/tokens"


def secret_on(page) -> str:
    return page.all("input", id="secret")[0].get("value")


def make(client, **values):
    fields = {"name": "backup", "scope": "write", "password": PASSWORD, **values}
    return send(client, LIST, **fields)


def test_a_token_is_shown_once_and_works(app, client, ana):
    log_in(client, ana)
    response = make(client)
    assert response.headers["Cache-Control"] == "no-store"
    secret = secret_on(check_page(response))
    again = get_page(client, LIST)
    assert secret not in again.response.get_data(as_text=True)
    assert "backup" in again.text and "Not used yet" in again.text
    headers = {"Authorization": f"Bearer {secret}"}
    answer = app.test_client().get("/api/me", headers=headers)
    assert answer.json["username"] == "ana"
    assert "Last used" in get_page(client, LIST).text


def test_a_page_that_is_loaded_again_makes_no_second_token(client, ana):
    log_in(client, ana)
    make(client)
    response = make(client)
    assert response.status_code == 422
    assert "You already have a token with this name." in check_page(response).text
    assert len(db.session.scalars(sa.select(Token)).all()) == 1
    assert templates() == ["token_created"]


def test_only_the_hash_is_kept_and_the_mail_has_no_secret(client, ana):
    log_in(client, ana)
    secret = secret_on(check_page(make(client, scope="read", days="30")))
    row = db.session.scalars(sa.select(Token)).one()
    assert (row.token_hash, row.scope) == (hash_token(secret), "read")
    assert (row.expires_at - row.created_at).days == 30
    assert templates() == ["token_created"]
    assert secret not in read(waiting("token_created")[0])


@pytest.mark.parametrize(
    "values",
    [
        {"name": ""},
        {"name": "x" * 51},
        {"scope": "admin"},
        {"days": "3650"},
        {"password": ""},
        {"password": "wrong"},
    ],
)
def test_a_form_that_is_wrong_makes_none(client, ana, values):
    log_in(client, ana)
    response = make(client, **values)
    assert response.status_code == 422
    page = check_page(response)
    assert not page.all("input", id="secret")
    assert db.session.scalars(sa.select(Token)).all() == []
    assert templates() == []


def test_there_are_thirty_at_most_and_all_fit_on_the_page(client, ana):
    for _ in range(30):
        make_token(ana, name="ñ" * 50, last_used_at=utcnow())
    for _ in range(10):
        make_token(ana)
    log_in(client, ana)
    assert len(get_page(client, LIST).all("bdi")) == 40
    response = make(client)
    assert response.status_code == 422
    assert "Revoke one first." in response.get_data(as_text=True)


def test_a_revoked_token_is_gone(app, client, ana):
    token = make_token(ana, name="backup")
    secret, target = token.secret, f"{LIST}/{token.id}/revoke"
    log_in(client, ana)
    fields = get_page(client, LIST).fields(target)
    assert client.post(target, data=fields).location == LIST
    assert "You don't have any tokens yet." in get_page(client, LIST).text
    assert client.post(target, data=fields).status_code == 404
    headers = {"Authorization": f"Bearer {secret}"}
    assert app.test_client().get("/api/me", headers=headers).status_code == 401


def test_tokens_of_others_and_old_ones_are_not_listed(client, ana, ben):
    make_token(ben, name="of ben")
    make_token(ana, name="long over", expires_at=utcnow())
    log_in(client, ana)
    text = get_page(client, LIST).text
    assert "of ben" not in text and "long over" not in text


def test_a_name_is_text(client, ana):
    make_token(ana, name="<script>alert(1)</script>{{7*7}}")
    log_in(client, ana)
    page = get_page(client, LIST)
    assert "<script>alert(1)</script>{{7*7}}" in page.text


def test_staff_make_one_for_administration_for_a_month_at_most(app, client):
    boss = make_user("boss", role="administrator")
    log_in(client, boss)
    answer = make(client, scope="admin", days="90")
    assert answer.status_code == 422
    assert "lasts 30 days at most" in check_page(answer).text
    assert make(client, scope="admin", days="30", password="wrong").status_code == 422
    assert db.session.scalars(sa.select(Token)).all() == []
    page = check_page(make(client, scope="admin", days="30"))
    assert "Read, write, and administer" in page.text
    headers = {"Authorization": f"Bearer {secret_on(page)}"}
    assert app.test_client().get("/api/admin/people", headers=headers).status_code == 200
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.action, entry.actor_id) == ("create_admin_token", boss.id)


@pytest.mark.parametrize("who", ["member", "resting"])
def test_others_make_none(app, client, ana, who):
    person = ana
    if who == "resting":
        app.config["TWO_FACTOR_FOR_STAFF"] = True
        person = make_user("boss", role="administrator")
    log_in(client, person)
    assert not get_page(client, LIST).all("input", value="admin")
    assert make(client, scope="admin", days="30").status_code == 422
    assert db.session.scalars(sa.select(Token)).all() == []
