"""Staff without a second factor: what they can do, and where they are led."""

from __future__ import annotations

import pytest

from app import db
from app.models import User
from app.services.accounts import setup
from tests.support.factories import (
    PASSWORD,
    code_of,
    enroll,
    make_passkey,
    make_user,
)
from tests.support.pages import check_page, get_page, log_in, send
from tests.support.roles import role_name

SIGN_IN, APP = "/settings/two-factor", "/settings/two-factor/app"
WHY = "Your role needs a second factor first."


@pytest.fixture
def boss(app, client) -> User:
    """An administrator without a second factor, signed in."""
    app.config["TWO_FACTOR_FOR_STAFF"] = True
    person = make_user("boss", role="administrator")
    log_in(client, person)
    return person


@pytest.mark.parametrize("path", ["/admin", "/admin/people", "/admin/roles", "/admin/audit"])
def test_staff_are_led_to_where_they_set_one_up(client, boss, path):
    assert client.get(path).location == SIGN_IN
    page = get_page(client, SIGN_IN)
    assert WHY in page.text and "you can do what members can" in page.text


def test_a_direct_post_does_nothing(client, boss, ben):
    fields = get_page(client, "/index").fields("/auth/logout") | {"role": "2"}
    for act in ("role", "close", "end-sessions"):
        assert client.post(f"/admin/user/ben/{act}", data=fields).location == SIGN_IN
    assert role_name(ben) == "member"
    db.session.refresh(ben)
    assert ben.is_active


def test_the_menu_says_what_is_missing(client, boss):
    page = get_page(client, "/index")
    (link,) = page.all("a", href="/admin")
    assert "Second factor" in "".join(link.itertext())
    assert "Administration" not in page.text
    assert get_page(client, "/settings").all("a", href=SIGN_IN)
    assert client.get(boss.avatar()).status_code == 200


def test_other_people_learn_nothing(app, client, boss, ana):
    other = app.test_client()
    log_in(other, ana)
    assert other.get("/admin/people").status_code == 404
    assert "factor" not in get_page(other, "/index").text


def test_everything_opens_once_there_is_one(client, boss):
    page = get_page(client, APP)
    secret = page.all("p", class_="secret")[0].text.replace(" ", "")
    answer = client.post(APP, data=page.fields(APP) | {"code": code_of(secret)})
    assert "Administration" in check_page(answer).text
    assert client.get("/admin").status_code == 200
    assert get_page(client, "/admin/people").response.status_code == 200
    answer = send(client, "/settings/two-factor/off")
    assert answer.location == SIGN_IN
    page = get_page(client, SIGN_IN)
    assert "the last one stays" in page.text and page.all("a", href="/settings/two-factor/off")


def test_the_last_passkey_stays(client, boss):
    passkey = make_passkey(boss)
    path = f"/settings/passkeys/{passkey.id}/remove"
    assert send(client, "/settings/passkeys", path).location == SIGN_IN
    assert "the last one stays" in get_page(client, SIGN_IN).text
    enroll(boss)
    assert send(client, "/settings/passkeys", path).location == "/settings/passkeys"


def test_staff_with_a_passkey_alone_use_it_after_the_password(app, boss):
    make_passkey(boss)
    client = app.test_client()
    answer = send(client, "/auth/login", username="boss", password=PASSWORD)
    assert answer.location == "/auth/two-factor"
    page = get_page(client, "/auth/two-factor")
    assert "Your role also takes your passkey." in page.text
    assert not page.all("input", name="code")
    assert client.get("/admin/people").location.startswith("/auth/login")


def test_a_password_alone_gets_them_no_token(app, client, boss):
    make_passkey(boss)
    answer = client.post("/api/tokens", auth=("boss", PASSWORD))
    assert answer.status_code == 403
    assert "passkey" in answer.json["detail"]


def test_the_first_administrator_is_led_through_it(app, client):
    app.config["TWO_FACTOR_FOR_STAFF"] = True
    path = setup.make_link().removeprefix(app.config["BASE_URL"])
    db.session.commit()
    values = {"email": "dora@example.com", "password": PASSWORD, "password2": PASSWORD}
    assert send(client, path, username="dora", **values).location == SIGN_IN
    assert "you can do what members can" in get_page(client, SIGN_IN).text


def test_nobody_learns_by_asking_for_the_methods(app, client, ana):
    log_in(client, ana)
    assert client.options("/admin").status_code == 404
    assert client.options("/admin/people").status_code == 404
    staff = app.test_client()
    log_in(staff, make_user("sam", role="administrator"))
    assert staff.options("/admin").status_code == 200
