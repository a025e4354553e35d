"""Invite others, and join by an invitation."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app import db
from app.lib.dates import utcnow
from app.models import AuditEntry, Invitation, Invitee, User
from app.services.accounts import accounts, invitations
from app.services.community import blocks
from tests.support.factories import PASSWORD, make_user
from tests.support.pages import check_page, get_page, log_in, send
from tests.support.roles import give_role, make_role

INVITATIONS, REGISTER = "/invitations", "/auth/register"


@pytest.fixture
def sam(client: FlaskClient) -> User:
    """Signed in at `client`."""
    person = make_user("sam", role="admin", display_name="Sam O'Rourke")
    log_in(client, person)
    return person


@pytest.fixture
def invite_only(app: Flask) -> Flask:
    app.config["REGISTRATION"] = "invite"
    return app


def make_link(client: FlaskClient, **values: str) -> str:
    """The path that is on the page after an invitation was made."""
    assert send(client, INVITATIONS, **values).location == INVITATIONS
    page = get_page(client, INVITATIONS)
    assert "Your invitation is ready." in page.text
    url = page.all("input", readonly="")[0].get("value") or ""
    return url.removeprefix("http://localhost:5000")


def join(client: FlaskClient, link: str, username: str = "dora", **values: str):
    fields = {"email": f"{username}@example.net", "password": PASSWORD, "password2": PASSWORD}
    return send(client, link, REGISTER, username=username, **(fields | values))


def test_a_newcomer_reads_who_invited_them_and_joins(invite_only, client, sam):
    link = make_link(client, uses="5", days="30")
    newcomer = invite_only.test_client()
    page = get_page(newcomer, link)
    assert "Sam O'Rourke (@sam) invited you." in page.text
    assert page.response.headers["Referrer-Policy"] == "no-referrer"
    assert page.response.headers["Cache-Control"] == "no-store"
    assert join(newcomer, link).location == "/welcome"
    mine = get_page(client, INVITATIONS).text
    assert "4 of 5 uses left" in mine and "Joined: dora @dora" in mine
    dora = db.session.scalars(User.named("dora")).one()
    assert db.session.get_one(Invitee, dora.id).inviter_id == sam.id


def test_what_was_filled_in_wrong_keeps_the_invitation(invite_only, client, sam):
    link = make_link(client)
    newcomer = invite_only.test_client()
    answer = join(newcomer, link, password2="another one 99")
    assert answer.status_code == 422
    page = check_page(answer)
    assert "invited you" in page.text
    fields = page.fields(REGISTER) | {"password": PASSWORD, "password2": PASSWORD}
    assert newcomer.post(REGISTER, data=fields).location == "/welcome"


def test_by_invitation_only_is_said_plainly_and_shows_no_form(invite_only, client):
    page = get_page(client, REGISTER)
    assert "You can join Microblog by invitation only." in page.text
    assert not page.all("input", name="username")
    assert "Create account" not in get_page(client, "/").text
    assert "People join by invitation." in get_page(client, "/about").text
    token = get_page(client, "/auth/login").fields("/auth/login")["csrf_token"]
    answer = client.post(REGISTER, data={"csrf_token": token, "username": "dora"})
    assert answer.status_code == 403


def test_a_used_up_link_says_so(invite_only, client, sam):
    link = make_link(client)
    first, second = invite_only.test_client(), invite_only.test_client()
    form = get_page(second, link).fields(REGISTER)
    join(first, link)
    page = get_page(second, link, status=410)
    assert "Ask for a new one." in page.text and not page.all("input", name="username")
    assert second.post(REGISTER, data=form).status_code == 403
    assert "Used up" in get_page(client, INVITATIONS).text
    invite_only.config["REGISTRATION"] = "open"
    assert "You can still join without one." in get_page(second, link).text


def test_a_revoked_link_works_no_more(invite_only, client, sam):
    link = make_link(client)
    number = db.session.scalars(sa.select(Invitation.id)).one()
    path = f"{INVITATIONS}/{number}/revoke"
    assert send(client, INVITATIONS, path).location == INVITATIONS
    assert "You don't have any invitations yet." in get_page(client, INVITATIONS).text
    get_page(invite_only.test_client(), link, status=410)


def test_a_closed_site_takes_no_invitation(app, client, sam):
    link = make_link(client)
    app.config["REGISTRATION"] = "closed"
    assert "no link works" in get_page(client, INVITATIONS).text
    page = get_page(app.test_client(), link)
    assert "taking new members right now" in page.text


def test_the_operators_link_names_nobody(invite_only, client):
    url = invitations.url_of(invitations.create(None, 1, 7))
    db.session.commit()
    page = get_page(client, url.removeprefix("http://localhost:5000"))
    assert "You're invited to join." in page.text


def test_a_member_who_may_not_invite_finds_no_page(client, ana):
    log_in(client, ana)
    assert client.get(INVITATIONS).status_code == 403
    assert not get_page(client, "/settings").all("a", href=INVITATIONS)


def test_who_may_invite_finds_it_in_the_settings(client, sam):
    assert get_page(client, "/settings").all("a", href=INVITATIONS)


@pytest.mark.parametrize(("field", "value"), [("uses", "1000"), ("uses", ""), ("days", "9999")])
def test_what_is_not_offered_is_refused(client, sam, field, value):
    assert send(client, INVITATIONS, **{field: value}).status_code == 422
    assert db.session.scalars(sa.select(Invitation)).all() == []


def test_a_page_full_of_them_stays_small(app, client, sam):
    for number in range(invitations.LIVE_MAX):
        made = invitations.create(sam, 100, 90)
        for place in range(5):
            name = f"a_rather_long_name_{number}_{place}"
            invitations.record_invitee(make_user(name, display_name="x" * 50), made)
            made.uses_left -= 1
    db.session.commit()
    page = get_page(client, INVITATIONS)
    assert page.text.count("and 2 others") == invitations.LIVE_MAX
    assert send(client, INVITATIONS).status_code == 422


def test_those_who_may_invite_need_not_write(app, client, ana):
    make_role("Greeters", "invite")
    give_role(ana, "greeters")
    log_in(client, ana)
    assert make_link(client)
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    ana.email_verified_at = None
    db.session.commit()
    assert client.get(INVITATIONS).location == "/auth/verify/resend"


@pytest.mark.parametrize("must_confirm", [True, False])
def test_a_known_address_uses_nothing_up_and_is_not_revealed(
    invite_only, client, sam, ana, must_confirm
):
    link = make_link(client, uses="5")
    invite_only.config["EMAILS_MUST_BE_VERIFIED"] = must_confirm
    answers = {}
    for name, email in (("dora", "ana@example.com"), ("emil", "emil@example.net")):
        newcomer = invite_only.test_client()
        answer = join(newcomer, link, name, email=email)
        left = db.session.scalars(sa.select(Invitation.uses_left)).one()
        answers[name] = (answer.status_code, answer.location, left)
    if not must_confirm:
        # Where that may be told, it is told.
        assert answers == {"dora": (422, None, 5), "emil": (302, "/welcome", 4)}
        return
    assert [answer[:2] for answer in answers.values()] == [(302, "/auth/register/mail")] * 2
    # Nobody who counts uses learns it either, until both have not confirmed anything.
    assert [answer[2] for answer in answers.values()] == [4, 3]
    later = utcnow() + timedelta(days=invite_only.config["UNCONFIRMED_DAYS"] + 1)
    with time_machine.travel(later):
        assert accounts.erase_unconfirmed() == 2
    db.session.commit()
    assert db.session.scalars(sa.select(Invitation.uses_left)).one() == 5


ALL = "/admin/invitations"


def test_staff_see_all_invitations_and_who_came(app, client, sam, ana, ben):
    assert "No invitations" in get_page(client, ALL).text
    made = invitations.create(ana, 2, 7)
    invitations.record_invitee(ben, made)
    made.uses_left = 1
    old = invitations.create(None, 1, 1)
    old.expires_at = utcnow() - timedelta(days=1)
    used = invitations.create(sam, 1, 7)
    used.uses_left = 0
    # Whom a block hides from sam, staff see.
    blocks.block(ben, sam)
    db.session.commit()
    page = get_page(client, ALL)
    rows = [" ".join("".join(row.itertext()).split()) for row in page.all("tr")][1:]
    assert "@sam Used up" in rows[0]
    assert "Command line 1 of 1 Expired No one yet" in rows[1]
    assert rows[2].startswith("@ana 1 of 2") and "@ben" in rows[2]
    assert invitations.code_of(made) not in page.response.text


def test_a_long_list_has_pages(app, client, sam):
    for _ in range(60):
        invitations.create(None, 1, 7)
    db.session.commit()
    page = get_page(client, ALL)
    older = [a.get("href") for a in page.all("a", rel="next")]
    assert older and len(page.all("tr")) < 60
    assert get_page(client, older[0]).all("a", rel="prev")


def test_staff_revoke_what_somebody_below_them_made(app, client, sam, ana):
    path = f"{ALL}/{invitations.create(ana, 1, 7).id}/revoke"
    other = invitations.create(make_user("boss", role="administrator"), 1, 7)
    db.session.commit()
    page = get_page(client, ALL)
    assert not page.all("form", action=f"{ALL}/{other.id}/revoke")
    fields = page.fields(path)
    assert client.post(f"{ALL}/{other.id}/revoke", data=fields).status_code == 403
    assert client.post(path, data=fields).location == ALL
    assert client.post(path, data=fields).status_code == 404
    (entry,) = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "revoke_invitation")
    )
    assert (entry.actor_id, entry.person_id) == (sam.id, ana.id)
    log = get_page(client, "/admin/audit").text
    assert "Invitation revoked" in log and "Invitation created" in log
