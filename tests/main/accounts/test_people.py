"""The pages on which staff find people and act on their accounts."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from app import db
from app.lib.dates import utcnow
from app.models import User
from app.services.accounts import two_factor
from app.services.community import blocks
from tests.support.factories import code_of, make_user
from tests.support.mailbox import templates
from tests.support.pages import check_page, get_page, log_in, send
from tests.support.roles import give_role, make_role, named_role, role_name

PEOPLE, BEN = "/admin/people", "/admin/user/ben"


@pytest.fixture
def helper(client) -> User:
    """Somebody who manages people, sees no addresses and ranks above members only, signed in."""
    person = make_user("helper")
    make_role("Helpers", "write", "manage_people", rank=30)
    give_role(person, "helpers")
    log_in(client, person)
    return person


def rows(page) -> list[str]:
    return [link.get("href") for link in page.all("a") if link.get("class") == "person__link"]


def test_people_are_listed_newest_first_and_filtered(client, admin, ana, ben):
    ben.email_verified_at = None
    db.session.commit()
    page = get_page(client, PEOPLE)
    assert rows(page) == [BEN, "/admin/user/ana", "/admin/user/sam"]
    assert "ben@example.com" in page.text
    assert rows(get_page(client, f"{PEOPLE}?q=an")) == ["/admin/user/ana"]
    assert rows(get_page(client, f"{PEOPLE}?q=ben%40ex")) == [BEN]
    assert rows(get_page(client, f"{PEOPLE}?state=unconfirmed")) == [BEN]
    role_id = named_role("administrator").id
    assert rows(get_page(client, f"{PEOPLE}?role={role_id}")) == ["/admin/user/sam"]
    page = get_page(client, f"{PEOPLE}?q=zzz")
    assert "No one matches these filters." in page.text
    for query in ("role=999", "role=x", "state=x"):
        check_page(client.get(f"{PEOPLE}?{query}"))
    assert len(get_page(client, PEOPLE).statements) <= 4


def test_addresses_are_masked_for_those_who_may_not_see_them(client, helper, ben):
    for path in (PEOPLE, BEN):
        page = get_page(client, path)
        assert "b…@example.com" in page.text
        assert "ben@example.com" not in page.response.text
    assert rows(get_page(client, f"{PEOPLE}?q=ben%40ex")) == []


def test_no_block_and_no_closing_hides_anybody_from_staff(client, admin, ben):
    blocks.block(ben, admin)
    ben.closed_at = utcnow()
    db.session.commit()
    assert BEN in rows(get_page(client, PEOPLE))
    page = get_page(client, BEN)
    assert "Closed" in page.text
    assert client.get("/admin/user/nobody").status_code == 404


def test_staff_see_the_pictures_of_all_people_and_others_do_not(app, client, admin, ana, ben):
    ben.closed_at = utcnow()
    db.session.commit()
    picture = ben.avatar()
    response = client.get(picture)
    assert response.status_code == 200
    assert "public" not in response.headers["Cache-Control"]
    other = app.test_client()
    assert other.get(picture).status_code == 404
    log_in(other, ana)
    assert other.get(picture).status_code == 404


def test_a_role_is_given(client, admin, ben):
    role_id = str(named_role("moderator").id)
    assert send(client, BEN, f"{BEN}/role", role=role_id).location == BEN
    page = get_page(client, BEN)
    assert "The role was changed." in page.text
    assert role_name(ben) == "moderator"
    response = send(client, BEN, f"{BEN}/role", role="999")
    assert response.status_code == 422
    check_page(response)


def test_nobody_gives_more_than_they_have(client, helper, ben):
    page = get_page(client, BEN)
    offered = [option.text for option in page.all("option")]
    assert "Administrator" not in offered
    assert "Moderator" not in offered
    fields = page.fields(f"{BEN}/role") | {"role": str(named_role("administrator").id)}
    assert client.post(f"{BEN}/role", data=fields).status_code == 422
    assert role_name(ben) == "member"


@pytest.mark.parametrize(
    "act", ["role", "verify", "reset-link", "end-sessions", "reset-two-factor", "close"]
)
def test_nobody_acts_on_a_higher_rank_by_a_direct_post(client, helper, act):
    make_user("mod", role="moderator", email_verified_at=None)
    page = get_page(client, "/admin/user/mod")
    assert "Their rank is as high as yours or higher" in page.text
    assert not page.all("form", action=f"/admin/user/mod/{act}")
    fields = page.fields("/auth/logout") | {"role": str(named_role("helpers").id)}
    response = client.post(f"/admin/user/mod/{act}", data=fields)
    assert response.status_code == 403
    mod = db.session.query(User).filter_by(username="mod").one()
    assert (role_name(mod), mod.is_active, mod.is_verified) == ("moderator", True, False)


def test_signing_in_is_helped(client, admin, ben):
    ben.email_verified_at = None
    db.session.commit()
    acts = {
        "verify": "The address is confirmed now.",
        "reset-link": "We're emailing them a link to choose a new password.",
        "end-sessions": "They weren't signed in anywhere.",
    }
    for act, text in acts.items():
        assert send(client, BEN, f"{BEN}/{act}").location == BEN
        assert text in get_page(client, BEN).text
    assert "reset_password" in templates()
    assert not get_page(client, BEN).all("form", action=f"{BEN}/verify")


def test_lost_factors_are_removed(client, admin, ben):
    new = two_factor.draft(ben)
    two_factor.turn_on(ben, new, code_of(new.secret), keep=None)
    db.session.commit()
    page = get_page(client, BEN)
    assert "Authenticator app" in page.text
    send(client, BEN, f"{BEN}/reset-two-factor")
    page = get_page(client, BEN)
    assert "Their authenticator app and passkeys are removed." in page.text
    assert not page.all("form", action=f"{BEN}/reset-two-factor")
    assert not two_factor.is_enrolled(ben)


def test_an_account_is_closed_and_its_owner_told(client, admin, ben):
    send(client, BEN, f"{BEN}/close")
    page = get_page(client, BEN)
    assert "The account is closed." in page.text
    assert not page.all("form", action=f"{BEN}/close")
    assert "account_closed" in templates()
    db.session.refresh(ben)
    assert not ben.is_active


def test_acts_ask_for_the_password_after_half_an_hour(client, admin, ben):
    fields = get_page(client, BEN).fields(f"{BEN}/close")
    # Staff have to come back within half an hour.
    with time_machine.travel(utcnow() + timedelta(minutes=20), tick=False):
        assert client.get(BEN).status_code == 200
    with time_machine.travel(utcnow() + timedelta(minutes=31), tick=False):
        response = client.post(f"{BEN}/close", data=fields)
    assert response.status_code == 403
    db.session.refresh(ben)
    assert ben.is_active
