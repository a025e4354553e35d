"""The second step of signing in: it gives access to nothing until the code is right."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app import db
from app.lib.dates import utcnow
from app.models import Notification, SecurityEvent, Session, User
from app.services.accounts import links, passwords, two_factor
from tests.support.factories import PASSWORD, RECOVERY_CODE, code_of, enroll, make_user
from tests.support.log_capture import logged
from tests.support.mailbox import read, waiting
from tests.support.pages import check_page, get_page, log_in, log_in_by_form, send
from tests.support.sites import PRODUCTION, open_site

LOGIN, CODE, SUDO = "/auth/login", "/auth/two-factor", "/auth/sudo"


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/index").status_code == 200


def events() -> list[str]:
    return list(db.session.scalars(sa.select(SecurityEvent.name).order_by(SecurityEvent.id)))


def give(client: FlaskClient, code: str, url: str = CODE):
    return send(client, url, CODE, code=code)


@pytest.fixture
def secret(ana: User) -> str:
    return enroll(ana)


@pytest.fixture
def pending(client: FlaskClient, ana: User, secret: str) -> FlaskClient:
    """Somebody who has given the password of ana."""
    log_in_by_form(client, ana)
    return client


def test_the_password_alone_leads_to_the_code_and_opens_nothing(client, ana, secret):
    response = send(client, LOGIN, username="ana", password=PASSWORD)
    assert response.location == CODE
    for path in ("/index", "/settings", "/settings/two-factor", "/messages"):
        assert client.get(path).location.startswith(LOGIN), path
    assert db.session.scalars(sa.select(Session)).all() == []
    assert give(client, code_of(secret)).location == "/index"
    assert is_signed_in(client)


def test_without_a_second_factor_nothing_is_asked(client, ana):
    assert send(client, LOGIN, username="ana", password=PASSWORD).location == "/index"
    assert is_signed_in(client)


@pytest.mark.parametrize("code", ["000000", "", "abc", "7kd2-m9xz", "1" * 500])
def test_a_wrong_code_says_so_and_opens_nothing(pending, code):
    response = give(pending, code)
    assert response.status_code == 422
    page = check_page(response)
    assert "isn't right" in page.text or "fill this in" in page.text
    assert not is_signed_in(pending)


def test_a_code_that_was_used_is_refused(app, pending, ana, secret):
    code = code_of(secret)
    assert give(pending, code).status_code == 302
    other = app.test_client()
    log_in_by_form(other, ana)
    assert give(other, code).status_code == 422
    assert not is_signed_in(other)


def test_a_recovery_code_signs_in_once_and_its_owner_learns_of_it(app, pending, ana):
    assert send(pending, CODE, recovery_code=RECOVERY_CODE.upper()).location == "/index"
    mail = read(waiting("recovery_code_used")[0])
    assert "Codes left: 0" in mail
    assert RECOVERY_CODE not in mail
    noted = db.session.scalars(sa.select(Notification.payload)).all()
    assert [payload["event"] for payload in noted] == ["recovery_code_used"]
    assert "A recovery code was used" in get_page(pending, "/notifications/all").text
    other = app.test_client()
    log_in_by_form(other, ana)
    assert send(other, CODE, recovery_code=RECOVERY_CODE).status_code == 422


def test_the_way_back_and_being_remembered_survive(client, ana, secret):
    url = f"{LOGIN}?next=/settings/privacy?x%3D1"
    response = send(client, url, username="ana", password=PASSWORD, remember_me="y")
    assert response.location == f"{CODE}?next=/settings/privacy?x%3D1"
    wrong = check_page(give(client, "000000", response.location))
    fields = wrong.fields(CODE) | {"code": code_of(secret)}
    done = client.post(CODE, data=fields)
    assert done.location == "/settings/privacy?x=1"
    cookie = next(c for c in done.headers.getlist("Set-Cookie") if c.startswith("session="))
    assert "Max-Age=2592000" in cookie
    assert db.session.scalars(sa.select(Session.is_remembered)).one()


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/"])
def test_it_leads_nowhere_else(pending, secret, target):
    fields = get_page(pending, CODE).fields(CODE) | {"code": code_of(secret), "next": target}
    assert pending.post(CODE, data=fields).location == "/index"


def test_what_was_written_before_is_there_afterwards(client, ana, secret):
    log_in(client, ana)
    fields = get_page(client, "/index").fields("/index") | {"post": "Bread at seven."}
    db.session.execute(sa.update(Session).values(expires_at=utcnow()))
    page = check_page(client.post("/index", data=fields))
    fields = page.fields(LOGIN) | {"username": "ana", "password": PASSWORD}
    page = check_page(client.post(LOGIN, data=fields))
    assert "Bread at seven." in page.text
    page = check_page(client.post(CODE, data=page.fields(CODE) | {"code": code_of(secret)}))
    assert page.fields("/index")["post"] == "Bread at seven."
    assert is_signed_in(client)


def test_the_session_is_a_new_one_and_the_half_one_is_gone(pending, secret):
    before = pending.get_cookie("session").value
    done = give(pending, code_of(secret))
    assert pending.get_cookie("session").value != before
    assert pending.get_cookie("pending-sign-in") is None
    assert any("HttpOnly" in c for c in done.headers.getlist("Set-Cookie"))


def test_in_another_browser_the_pending_sign_in_is_worth_nothing(app, pending):
    stolen = pending.get_cookie("pending-sign-in").value
    other = app.test_client()
    other.get(LOGIN)
    other.set_cookie("pending-sign-in", stolen)
    assert other.get(CODE).location == LOGIN


def test_without_a_password_before_it_leads_to_the_sign_in(client, secret):
    assert client.get(CODE).location == LOGIN
    assert client.get(f"{CODE}?next=/people").location == f"{LOGIN}?next=/people"
    assert "Please sign in again: that took too long." in get_page(client, LOGIN).text


def test_after_ten_minutes_the_password_is_asked_for_again(pending, secret, monkeypatch):
    page, code = get_page(pending, CODE), code_of(secret)
    later = utcnow() + timedelta(minutes=10, seconds=1)
    monkeypatch.setattr("jwt.api_jwt.datetime", _Clock(later))
    assert pending.post(CODE, data=page.fields(CODE) | {"code": code}).location == LOGIN
    assert not is_signed_in(pending)


class _Clock:
    """What `jwt` takes for the clock."""

    def __init__(self, now) -> None:
        self._now = now

    def now(self, tz):
        return self._now.astimezone(tz)


def test_a_password_that_changes_while_a_code_is_checked_ends_the_sign_in(
    pending, secret, monkeypatch
):
    use_code = two_factor.use_code

    def overtaken(user, code):
        way = use_code(user, code)
        change = sa.update(User).values(password_hash="another")
        db.session.execute(change.execution_options(synchronize_session=False))
        return way

    monkeypatch.setattr(two_factor, "use_code", overtaken)
    assert give(pending, code_of(secret)).location == LOGIN
    assert not is_signed_in(pending)


def test_a_browser_forgets_a_half_done_sign_in_after_ten_minutes(client, ana, secret):
    response = log_in_by_form(client, ana)
    (cookie,) = [c for c in response.headers.getlist("Set-Cookie") if c.startswith("pending-")]
    assert "Max-Age=600" in cookie.split("; ")


def test_the_first_zone_of_a_browser_is_kept_over_the_code(client, ana, secret):
    log_in_by_form(client, ana, time_zone="Asia/Tokyo")
    give(client, code_of(secret))
    assert db.session.get(User, ana.id).time_zone == "Asia/Tokyo"


def test_a_new_password_ends_what_was_half_done(pending, ana, secret):
    ana.set_password("another horse 8 battery")
    db.session.commit()
    page = pending.get(CODE)
    assert page.location == LOGIN


def test_a_closed_account_is_not_entered(pending, ana, secret):
    page = get_page(pending, CODE)
    ana.closed_at = utcnow()
    db.session.commit()
    assert pending.post(CODE, data=page.fields(CODE) | {"code": code_of(secret)}).location == LOGIN
    assert not is_signed_in(pending)


def test_a_known_device_is_asked_too(client, ana, secret):
    for later in (0, 1):
        log_in_by_form(client, ana)
        assert not is_signed_in(client)
        assert give(client, code_of(secret, later=later)).location == "/index"
        send(client, "/auth/logout")


def test_a_reset_of_the_password_removes_no_factor(client, ana, secret):
    passwords.send_reset(ana)
    db.session.commit()
    path = re.sub(r"^https?://[^/]+", "", links.address_of(links.Purpose.RESET_PASSWORD, ana))
    new = "another horse 8 battery"
    assert send(client, path, password=new, password2=new).location == LOGIN
    assert not is_signed_in(client)
    assert log_in_by_form(client, ana, new).location == CODE
    assert give(client, code_of(secret)).location == "/index"


def test_the_link_that_confirms_an_address_is_no_way_around_it(app, client):
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    fields = {"username": "dora", "email": "dora@example.com"}
    send(client, "/auth/register", **fields, password=PASSWORD, password2=PASSWORD)
    dora = db.session.scalars(User.named("dora")).one()
    enroll(dora)
    path = re.sub(r"^https?://[^/]+", "", links.address_of(links.Purpose.VERIFY, dora))
    assert send(client, path).location == f"{LOGIN}?next=/welcome"
    assert not is_signed_in(client)


def test_guessing_has_a_limit_for_each_account_wherever_it_comes_from(app, ana, secret):
    app.config["RATELIMIT_ENABLED"] = True
    other = enroll(make_user("ben"))
    statuses = []
    for number in range(7):
        client = app.test_client()
        log_in_by_form(client, ana)
        statuses.append(give(client, f"00000{number}").status_code)
    assert statuses == [422] * 5 + [429] * 2
    assert give(client, code_of(secret)).status_code == 429
    log_in_by_form(client, db.session.scalars(User.named("ben")).one())
    assert give(client, code_of(other)).status_code == 302


def test_right_codes_do_not_count(app, ana, secret):
    app.config["RATELIMIT_ENABLED"] = True
    for number in range(7):
        client = app.test_client()
        log_in_by_form(client, ana)
        db.session.execute(sa.text("UPDATE authenticator SET last_step = 0"))
        assert give(client, code_of(secret)).status_code == 302, number


def test_the_log_says_how_somebody_came_in_and_who_had_no_code(app, pending, ana, secret):
    with logged(app) as book:
        give(pending, "000000")
    assert f"authn_login_fail whose={ana.id} by=code" in book.getvalue()
    give(pending, code_of(secret))
    assert events() == ["code_failed", "signed_in"]
    failed = db.session.scalars(sa.select(SecurityEvent).order_by(SecurityEvent.id)).first()
    assert failed.facts.keys() == {"device", "network"}
    assert failed.facts["network"] == "127.0.0.0/24"
    page = get_page(pending, "/settings/security-log")
    assert "Someone entered your password, but not the right code" in page.text
    assert "Signed in with a code" in page.text
    assert "127.0.0.0/24" in page.text


def test_over_https_the_cookie_belongs_to_this_host_alone(tmp_path):
    with open_site(tmp_path, **PRODUCTION) as site:
        enroll(make_user("ana"))
        client = site.test_client()
        url = site.config["BASE_URL"]
        form = get_page(client, LOGIN, base_url=url).fields(LOGIN)
        fields = form | {"username": "ana", "password": PASSWORD}
        response = client.post(LOGIN, data=fields, base_url=url)
        cookies = response.headers.getlist("Set-Cookie")
        (cookie,) = [text for text in cookies if text.startswith("__Host-pending-sign-in=")]
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def wait(minutes: int) -> None:
    earlier = utcnow() - timedelta(minutes=minutes)
    db.session.execute(sa.update(Session).values(created_at=earlier, password_at=None))
    db.session.commit()


def test_sudo_takes_a_code_once_or_the_password(client, ana, secret):
    log_in(client, ana)
    code = code_of(secret)
    for data, status in [
        ({"code": "000000"}, 422),
        ({"code": code}, 302),
        ({"code": code}, 422),
        ({"code": ""}, 422),
        ({"password": ""}, 422),
        ({"password": "not it at all 1"}, 422),
        ({"password": PASSWORD}, 302),
    ]:
        wait(31)
        page = get_page(client, SUDO)
        assert "a code to continue" in page.text
        token = {"csrf_token": page.fields(SUDO)["csrf_token"]}
        response = client.post(SUDO, data=token | data)
        assert response.status_code == status, data
        asked = client.get("/settings/two-factor/app").location.startswith(SUDO)
        assert asked is (status == 422), data


def test_sudo_offers_a_code_only_to_whoever_has_an_app(client, ana):
    log_in(client, ana)
    page = get_page(client, SUDO)
    assert not page.all("input", name="code")
    assert page.all("input", name="password")
    token = {"csrf_token": page.fields(SUDO)["csrf_token"]}
    assert client.post(SUDO, data=token | {"code": "123456"}).status_code == 422


def test_codes_of_all_places_share_one_limit(app, client, ana, secret):
    app.config["RATELIMIT_ENABLED"] = True
    log_in(client, ana)
    page = get_page(client, SUDO)
    token = {"csrf_token": page.fields(SUDO)["csrf_token"]}
    for _ in range(5):
        assert client.post(SUDO, data=token | {"code": "000000"}).status_code == 422
    other = app.test_client()
    log_in_by_form(other, ana)
    assert give(other, code_of(secret)).status_code == 429
