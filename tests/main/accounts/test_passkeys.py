"""The passkeys of one's own account: add, list, remove."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app import db
from app.lib.dates import utcnow
from app.models import Passkey, Session, User
from tests.support.factories import make_passkey
from tests.support.mailbox import read, waiting
from tests.support.pages import check_page, get_page, log_in, send
from tests.support.passkeys import SoftPasskey

PAGE, OPTIONS = "/settings/passkeys", "/settings/passkeys/options"


@pytest.fixture
def member(client: FlaskClient, ana: User) -> FlaskClient:
    log_in(client, ana)
    return client


def add(client: FlaskClient, name: str = "Ana's phone", **values: str):
    """What the script does with the form."""
    fields = get_page(client, PAGE).fields(PAGE) | {"name": name}
    asked = client.post(OPTIONS, data=fields)
    assert asked.mimetype == "application/json"
    credential = SoftPasskey().create(asked.text)
    return client.post(PAGE, data=fields | {"credential": credential, **values})


def names() -> list[str]:
    return list(db.session.scalars(sa.select(Passkey.name).order_by(Passkey.id)))


def wait(minutes: int) -> None:
    earlier = utcnow() - timedelta(minutes=minutes)
    db.session.execute(sa.update(Session).values(created_at=earlier, password_at=None))
    db.session.commit()


def test_a_passkey_is_added_under_a_name_and_listed(member):
    assert "You don't have any passkeys yet." in get_page(member, PAGE).text
    assert add(member).location == PAGE
    page = get_page(member, PAGE)
    assert "Passkey added." in page.text
    assert "Ana's phone" in page.text
    assert "Not used yet" in page.text
    assert "Name: Ana's phone" in read(waiting("passkey_added")[0])
    assert "A passkey was added" in get_page(member, "/notifications/all").text
    assert "Passkey added" in get_page(member, "/settings/security-log").text


def test_the_name_is_that_of_the_device_until_it_is_changed(member):
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
    page = get_page(member, PAGE, headers={"User-Agent": firefox})
    assert page.fields(PAGE)["name"] == "Firefox · Linux"


@pytest.mark.parametrize("name", ["", "   ", "x" * 51])
def test_it_needs_a_name_that_fits(member, name):
    response = add(member, name)
    assert response.status_code == 422
    check_page(response)
    assert names() == []


@pytest.mark.parametrize("credential", ["", "x", "{}"])
def test_what_no_passkey_has_said_is_refused(member, credential):
    response = add(member, credential=credential)
    assert response.status_code == 422
    assert "didn't work" in check_page(response).text
    assert names() == []


def test_only_its_owner_removes_one(member, ana, cleo):
    own, other = make_passkey(ana), make_passkey(cleo, "not hers")
    assert send(member, PAGE, f"{PAGE}/{own.id}/remove").location == PAGE
    assert names() == ["not hers"]
    token = {"csrf_token": get_page(member, PAGE).fields(PAGE)["csrf_token"]}
    assert member.post(f"{PAGE}/{other.id}/remove", data=token).status_code == 404
    assert names() == ["not hers"]


def test_all_of_it_takes_the_password_after_half_an_hour(member, ana):
    passkey = make_passkey(ana)
    token = {"csrf_token": get_page(member, PAGE).fields(PAGE)["csrf_token"], "name": "phone"}
    wait(31)
    assert member.get(PAGE).location == f"/auth/sudo?next={PAGE}"
    for path in (PAGE, OPTIONS, f"{PAGE}/{passkey.id}/remove"):
        assert member.post(path, data=token).status_code == 403, path
    assert names() == ["phone"]


def test_one_of_an_earlier_host_says_where_it_works(member, ana):
    make_passkey(ana, host="old.example.org")
    assert "Works at old.example.org only" in get_page(member, PAGE).text
