"""Signing in with a passkey, without the password or instead of a code."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app import db
from app.lib.dates import utcnow
from app.models import SecurityEvent, Session, User
from app.services.accounts import passkeys
from tests.support.factories import PASSWORD, enroll, make_user
from tests.support.pages import check_page, get_page, log_in, log_in_by_form
from tests.support.passkeys import PRESENT, SoftPasskey
from tests.support.sites import PRODUCTION, open_site

LOGIN, CODE, PASSKEY, OPTIONS = (
    "/auth/login",
    "/auth/two-factor",
    "/auth/passkey",
    "/auth/passkey/options",
)


def add(user: User, **values: object) -> SoftPasskey:
    key = SoftPasskey(**values)
    answer = key.create(passkeys.ask_for_new(user, "a browser"))
    passkeys.add(user, "phone", answer, "a browser", keep=None)
    db.session.commit()
    return key


@pytest.fixture
def key(ana: User) -> SoftPasskey:
    return add(ana)


def answer(client: FlaskClient, key: SoftPasskey, url: str = LOGIN, **values: str):
    """What the script does with the form of the page `url`."""
    page = get_page(client, url)
    (button,) = [b for b in page.all("button") if b.get("data-behavior") == "passkey"]
    assert (button.get("formaction"), button.get("data-options")) == (PASSKEY, OPTIONS)
    fields = page.fields(url.partition("?")[0]) | values
    asked = client.post(OPTIONS, data=fields)
    assert asked.status_code == 200
    assert asked.mimetype == "application/json"
    assert asked.headers["Cache-Control"] == "no-store"
    return client.post(PASSKEY, data=fields | {"credential": key.get(asked.text)})


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/index").status_code == 200


def test_a_passkey_signs_in_without_name_and_password(client, ana, key):
    assert answer(client, key).location == "/index"
    assert is_signed_in(client)
    page = get_page(client, "/settings/security-log")
    assert "Signed in with a passkey" in page.text


def test_it_stands_for_the_code_too(client, ana, key):
    enroll(ana)
    assert answer(client, key).location == "/index"
    assert is_signed_in(client)


def test_it_is_the_second_factor_after_the_password(client, ana, key):
    enroll(ana)
    log_in_by_form(client, ana, remember_me="y")
    assert answer(client, key, CODE).location == "/index"
    assert is_signed_in(client)
    assert client.get_cookie("pending-sign-in") is None
    assert db.session.scalars(sa.select(Session.is_remembered)).one()


def test_where_it_leads_and_being_remembered_are_kept(client, key):
    response = answer(client, key, f"{LOGIN}?next=/people", remember_me="y")
    assert response.location == "/people"
    assert db.session.scalars(sa.select(Session.is_remembered)).one()


def test_it_leads_nowhere_else(client, key):
    assert answer(client, key, next="//evil.example").location == "/index"


def test_what_was_written_before_is_there_afterwards(client, ana, key):
    log_in(client, ana)
    fields = get_page(client, "/index").fields("/index") | {"post": "Bread at seven."}
    db.session.execute(sa.update(Session).values(expires_at=utcnow()))
    fields = check_page(client.post("/index", data=fields)).fields(LOGIN)
    options = client.post(OPTIONS, data=fields).text
    wrong = check_page(client.post(PASSKEY, data=fields | {"credential": "x"}))
    assert "Bread at seven." in wrong.text
    assert "didn't work" in wrong.text
    page = check_page(client.post(PASSKEY, data=fields | {"credential": key.get(options)}))
    assert page.fields("/index")["post"] == "Bread at seven."


@pytest.mark.parametrize("change", [{"flags": PRESENT}, {"origin": "https://evil.example"}])
def test_a_wrong_answer_says_so_and_opens_nothing(client, key, change):
    for name, value in change.items():
        setattr(key, name, value)
    assert answer(client, key, f"{LOGIN}?next=/people").location == f"{LOGIN}?next=/people"
    assert "This passkey didn't work" in get_page(client, LOGIN).text
    assert not is_signed_in(client)


def test_after_the_password_a_wrong_answer_leads_back_to_the_code(client, ana):
    enroll(ana)
    log_in_by_form(client, ana)
    assert answer(client, SoftPasskey(), CODE).location == CODE
    assert "This passkey didn't work" in get_page(client, CODE).text


def test_an_answer_counts_once_and_in_its_browser_alone(app, client, key):
    fields = get_page(client, LOGIN).fields(LOGIN)
    said = key.get(client.post(OPTIONS, data=fields).text)
    other = app.test_client()
    stolen = get_page(other, LOGIN).fields(LOGIN) | {"credential": said}
    assert other.post(PASSKEY, data=stolen).location == LOGIN
    assert not is_signed_in(other)
    assert client.post(PASSKEY, data=fields | {"credential": said}).location == "/index"
    third = app.test_client()
    replayed = get_page(third, LOGIN).fields(LOGIN) | {"credential": said}
    assert third.post(PASSKEY, data=replayed).location == LOGIN


def test_the_session_is_a_new_one(client, key):
    get_page(client, LOGIN)
    before = client.get_cookie("session").value
    answer(client, key)
    assert client.get_cookie("session").value != before


def test_without_scripts_the_page_says_what_passkeys_need(client):
    page = get_page(client, LOGIN)
    (button,) = [b for b in page.all("button") if b.get("data-behavior") == "passkey"]
    assert "hidden" in button.attrib
    assert any("need JavaScript" in (p.text or "") for p in page.all("p", class_="unscripted"))


def test_a_password_still_signs_in(client, ana, key):
    assert log_in_by_form(client, ana, PASSWORD).location == "/index"
    assert db.session.scalars(sa.select(SecurityEvent.name)).all() == ["passkey_added", "signed_in"]


def test_it_belongs_to_the_host_of_the_site(tmp_path):
    with open_site(tmp_path, **PRODUCTION) as site:
        url = site.config["BASE_URL"]
        key = add(make_user("ana"), origin=url, host=url.partition("://")[2])
        client = site.test_client()
        fields = get_page(client, LOGIN, base_url=url).fields(LOGIN)
        asked = client.post(OPTIONS, data=fields, base_url=url).text
        said = fields | {"credential": key.get(asked)}
        assert client.post(PASSKEY, data=said, base_url=url).location == "/index"
