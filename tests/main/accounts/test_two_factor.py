"""Turn two-factor sign-in on and off, and make recovery codes."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app import db
from app.lib.dates import utcnow
from app.models import Authenticator, RecoveryCode, Session, User
from app.services.accounts import two_factor
from tests.support.factories import code_of, enroll
from tests.support.mailbox import read, templates, waiting
from tests.support.pages import Page, check_page, get_page, log_in, send

PAGE, APP, CODES = "/settings/two-factor", "/settings/two-factor/app", "/settings/two-factor/codes"
FILE, OFF = "/settings/two-factor/codes.txt", "/settings/two-factor/off"


@pytest.fixture
def member(client: FlaskClient, ana: User) -> FlaskClient:
    log_in(client, ana)
    return client


def secret_on(page: Page) -> str:
    (shown,) = page.all("p", class_="secret")
    return (shown.text or "").replace(" ", "")


def codes_on(page: Page) -> list[str]:
    (shown,) = page.all("ol", class_="codes")
    return [item.text or "" for item in shown]


def turn_on(client: FlaskClient) -> Page:
    page = get_page(client, APP)
    fields = page.fields(APP) | {"code": code_of(secret_on(page))}
    return check_page(client.post(APP, data=fields))


def wait(minutes: int) -> None:
    earlier = utcnow() - timedelta(minutes=minutes)
    db.session.execute(sa.update(Session).values(created_at=earlier, password_at=None))
    db.session.commit()


def test_the_page_says_whether_it_is_on(member):
    page = get_page(member, PAGE)
    assert [a.get("href") for a in page.all("a", class_="btn-primary")] == [APP]
    turn_on(member)
    page = get_page(member, PAGE)
    assert "On since" in page.text
    assert "You have 10 codes left." in page.text
    assert "Authenticator app turned on" in page.text
    assert member.get(APP).location == PAGE


def test_the_setup_shows_a_secret_as_text_and_as_a_picture_and_no_cache_keeps_it(member):
    page = get_page(member, APP)
    assert re.fullmatch("[A-Z2-7]{32}", secret_on(page))
    picture = next(svg for svg in page.all("{http://www.w3.org/2000/svg}svg", class_="setup__code"))
    assert picture.get("role") == "img" and picture.get("aria-label")
    assert page.response.headers["Cache-Control"] == "no-store"
    assert page.response.headers["Referrer-Policy"] == "no-referrer"
    assert secret_on(get_page(member, APP)) != secret_on(page)


def test_it_is_on_after_a_code_alone_and_shows_ten_codes_once(member, ana):
    page = turn_on(member)
    codes = codes_on(page)
    assert len(codes) == 10
    assert page.response.headers["Cache-Control"] == "no-store"
    assert two_factor.is_enrolled(ana)
    assert templates() == ["two_factor_added"]
    assert not any(code in read(waiting()[0]) for code in codes)
    assert not any(code in get_page(member, PAGE).text for code in codes)
    assert member.get(CODES).location == PAGE


def test_a_wrong_code_shows_the_same_secret_again(member, ana):
    page = get_page(member, APP)
    again = member.post(APP, data=page.fields(APP) | {"code": "000000"})
    assert again.status_code == 422
    again = check_page(again)
    assert "isn't right" in again.text
    assert secret_on(again) == secret_on(page)
    assert not two_factor.is_enrolled(ana)


@pytest.mark.parametrize("draft", ["", "x", "a.b.c"])
def test_a_secret_of_our_own_alone_is_taken(member, ana, draft):
    page = get_page(member, APP)
    fields = page.fields(APP) | {"code": code_of(secret_on(page)), "draft": draft}
    assert member.post(APP, data=fields).location == APP
    assert not two_factor.is_enrolled(ana)


def test_reloading_the_page_with_the_codes_changes_nothing(member):
    page = get_page(member, APP)
    fields = page.fields(APP) | {"code": code_of(secret_on(page))}
    assert member.post(APP, data=fields).status_code == 200
    before = db.session.scalars(sa.select(RecoveryCode.code_hash)).all()
    assert member.post(APP, data=fields).location == PAGE
    assert db.session.scalars(sa.select(RecoveryCode.code_hash)).all() == before


def test_the_codes_are_saved_as_a_file(member, app, cleo):
    page = turn_on(member)
    response = member.post(FILE, data=page.fields(FILE))
    assert response.mimetype == "text/plain"
    assert "attachment" in response.headers["Content-Disposition"]
    assert response.headers["Cache-Control"] == "no-store"
    lines = response.text.splitlines()
    assert lines[2:] == codes_on(page)
    other = app.test_client()
    log_in(other, cleo)
    token = get_page(other, OFF).fields(OFF)["csrf_token"]
    fields = page.fields(FILE) | {"csrf_token": token}
    assert other.post(FILE, data=fields).location == PAGE
    assert other.post(FILE, data={"csrf_token": token, "file": "<b>"}).location == PAGE


def test_new_codes_replace_the_earlier_ones_and_a_reload_makes_no_others(member, ana):
    old = codes_on(turn_on(member))
    fields = get_page(member, PAGE).fields(CODES)
    new = codes_on(check_page(member.post(CODES, data=fields)))
    assert not set(new) & set(old)
    again = member.post(CODES, data=fields)
    assert again.location == PAGE
    assert "already made new codes" in get_page(member, PAGE).text
    assert templates() == ["two_factor_added", "recovery_codes_made"]
    assert member.post(CODES, data=fields | {"newest": "x"}).status_code == 422


def test_turning_it_off_asks_once_and_removes_all(member, ana):
    enroll(ana)
    assert "your password alone" in get_page(member, OFF).text
    assert send(member, OFF).location == PAGE
    assert db.session.scalars(sa.select(Authenticator)).all() == []
    assert db.session.scalars(sa.select(RecoveryCode)).all() == []
    assert "is off" in get_page(member, PAGE).text
    assert templates() == ["two_factor_removed"]


def test_each_step_takes_the_password_after_half_an_hour(member, ana):
    page = get_page(member, APP)
    wait(31)
    assert member.get(APP).location == f"/auth/sudo?next={APP}"
    fields = page.fields(APP) | {"code": code_of(secret_on(page))}
    assert member.post(APP, data=fields).status_code == 403
    assert not two_factor.is_enrolled(ana)
    enroll(ana)
    token = {"csrf_token": fields["csrf_token"], "newest": "1"}
    for path in (OFF, CODES):
        assert member.post(path, data=token).status_code == 403, path
    assert two_factor.is_enrolled(ana)
    assert db.session.scalars(sa.select(sa.func.count()).select_from(RecoveryCode)).one() == 1


def test_other_devices_are_signed_out_when_it_changes(app, member, ana):
    other = app.test_client()
    log_in(other, ana)
    turn_on(member)
    assert other.get("/index").status_code == 302
    log_in(other, ana)
    send(member, OFF)
    assert other.get("/index").status_code == 302
    assert member.get("/index").status_code == 200


def test_guessing_at_the_setup_has_a_limit(app, member):
    app.config["RATELIMIT_ENABLED"] = True
    page = get_page(member, APP)
    fields = page.fields(APP) | {"code": "000000"}
    assert [member.post(APP, data=fields).status_code for _ in range(6)] == [422] * 5 + [429]
