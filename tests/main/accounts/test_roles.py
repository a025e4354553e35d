"""The pages on which roles are made and changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from app import db
from app.lib.dates import utcnow
from app.models import AuditEntry, Session, User
from app.services.accounts import roles
from app.services.accounts.roles import Definition
from app.services.site.audit import COMMAND_LINE
from tests.support.factories import PASSWORD, make_user
from tests.support.pages import check_page, get_page, log_in, send
from tests.support.roles import give_role, make_role, named_role, role_name

ROLES, NEW = "/admin/roles", "/admin/roles/new"


@pytest.fixture
def helper(client) -> User:
    """Somebody who manages roles of a rank below 30, signed in."""
    person = make_user("helper")
    make_role("Helpers", "write", "manage_roles", "silence", rank=30)
    give_role(person, "helpers")
    log_in(client, person)
    return person


def path_of(name: str) -> str:
    return f"{ROLES}/{named_role(name).id}"


def test_roles_are_listed_with_what_they_may_do(client, admin, ana, ben):
    make_role("Archive", "see_audit_log")
    give_role(ben, "archive")
    page = get_page(client, ROLES)
    rows = [" ".join("".join(row.itertext()).split()) for row in page.all("tr")][1:]
    assert rows[0].startswith("Administrator 100 1 Everything")
    assert "Send messages" in rows[-1] and "Member 0 1" in rows[-1]
    assert any(row == "Archive 10 1 Read the log" for row in rows)
    links = [a.get("href") for a in page.all("a", class_="link")]
    assert path_of("administrator") not in links and path_of("member") in links


def test_a_role_is_made_given_changed_and_deleted(client, admin, ben):
    answer = send(client, NEW, name="Night watch", rank="20", may_silence="y")
    assert answer.location == ROLES
    assert "The role is ready." in get_page(client, ROLES).text
    assert named_role("night watch").permission_names == "write message report silence"
    give_role(ben, "night watch")
    path = path_of("night watch")
    page = get_page(client, path)
    assert "1 person has it." in page.text
    fields = page.fields(path) | {"rank": "21"}
    del fields["may_silence"]
    assert client.post(path, data=fields).location == ROLES
    assert named_role("night watch").permission_names == "write message report"
    assert send(client, path, f"{path}/delete").location == ROLES
    assert "1 person who had it is a member now." in get_page(client, ROLES).text
    assert role_name(ben) == "member"
    assert client.get(path).status_code == 404
    assert client.post(f"{path}/delete", data=fields).status_code == 404
    actions = db.session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions == ["create_role", "edit_role", "change_role", "delete_role"]
    log = get_page(client, "/admin/audit").text
    assert "Role deleted" in log and "Night watch: +write +message +report +silence" in log


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"name": "moderator"}, "Another role has this name."),
        ({"name": "x" * 31}, "Use 1 to 30 characters."),
        ({"name": ""}, "Please fill this in."),
        ({"rank": "100"}, "Use a whole number from 0 to 99."),
        ({"rank": "-1"}, "Use a whole number from 0 to 99."),
        ({"rank": "9" * 400}, "Use a whole number from 0 to 99."),
        ({"rank": "x"}, "Use a whole number from 0 to 99."),
    ],
)
def test_what_cannot_be_is_said_at_the_field(client, admin, values, text):
    answer = send(client, NEW, **({"name": "Watch", "rank": "5"} | values))
    assert answer.status_code == 422
    assert text in check_page(answer).text


def test_roles_that_every_site_has_keep_name_and_rank(client, admin):
    page = get_page(client, path_of("moderator"))
    assert not page.all("input", name="name") and not page.all("input", name="rank")
    assert not page.all("form", action=f"{path_of('moderator')}/delete")
    fields = page.fields(path_of("moderator")) | {"name": "Mods", "rank": "3", "may_see_jobs": "y"}
    assert client.post(path_of("moderator"), data=fields).location == ROLES
    role = named_role("moderator")
    assert role.rank == 50 and "see_jobs" in role.permissions
    assert client.post(f"{path_of('moderator')}/delete", data=fields).status_code == 409


def test_members_never_become_staff(client, admin):
    page = get_page(client, path_of("member"))
    assert page.all("input", name="may_invite")
    assert not page.all("input", name="may_suspend")
    fields = page.fields(path_of("member")) | {"may_suspend": "y", "may_invite": "y"}
    assert client.post(path_of("member"), data=fields).location == ROLES
    assert named_role("member").permissions == {"write", "message", "report", "invite"}


def test_nobody_gives_what_they_lack(client, helper):
    page = get_page(client, NEW)
    assert page.all("input", name="may_silence") and not page.all("input", name="may_suspend")
    fields = page.fields(NEW) | {"name": "Watch", "rank": "29", "may_suspend": "y"}
    assert client.post(NEW, data=fields).location == ROLES
    assert named_role("watch").permissions == {"write"}
    answer = client.post(NEW, data=fields | {"name": "Other", "rank": "30"})
    assert answer.status_code == 422
    for name in ("helpers", "moderator", "administrator"):
        assert client.get(path_of(name)).status_code == 403
        assert client.post(path_of(name), data=fields).status_code == 403
    assert client.post(f"{path_of('helpers')}/delete", data=fields).status_code == 403


def test_what_they_lack_stays_as_it_was(client, helper):
    make_role("Low", "write", "see_jobs", rank=5)
    page = get_page(client, path_of("low"))
    assert "See background jobs" in page.text and not page.all("input", name="may_see_jobs")
    fields = page.fields(path_of("low")) | {"may_silence": "y"}
    assert client.post(path_of("low"), data=fields).location == ROLES
    assert named_role("low").permissions == {"write", "see_jobs", "silence"}


def test_the_second_of_two_forms_shows_what_the_first_has_changed(client, admin):
    role = make_role("Watch", "write")
    fields = get_page(client, path_of("watch")).fields(path_of("watch"))
    roles.change(role, Definition("Watch", ["write", "silence"], 10), COMMAND_LINE)
    db.session.commit()
    answer = client.post(path_of("watch"), data=fields | {"may_suspend": "y"})
    assert answer.location == path_of("watch")
    page = get_page(client, path_of("watch"))
    assert "Someone else has changed this role" in page.text
    assert page.fields(path_of("watch"))["may_silence"] == "y"
    assert named_role("watch").permissions == {"write", "silence"}


def test_what_was_chosen_comes_back_after_the_password(client, admin):
    page = get_page(client, NEW)
    earlier = utcnow() - timedelta(minutes=31)
    db.session.execute(sa.update(Session).values(created_at=earlier))
    db.session.commit()
    fields = page.fields(NEW) | {"name": "Watch", "may_suspend": "y"}
    del fields["may_message"]
    answer = client.post(NEW, data=fields)
    assert answer.status_code == 403
    asked = check_page(answer)
    again = client.post("/auth/sudo", data=asked.fields("/auth/sudo") | {"password": PASSWORD})
    kept = check_page(again).fields(NEW)
    assert (kept["name"], kept["may_suspend"]) == ("Watch", "y")
    assert "may_message" not in kept
    assert client.post(NEW, data=kept).location == ROLES


def test_a_change_counts_from_the_next_request(app, client, admin, ben):
    other = app.test_client()
    log_in(other, ben)
    assert other.get("/invitations").status_code == 403
    assert send(client, path_of("member"), may_invite="y").location == ROLES
    assert other.get("/invitations").status_code == 200


def test_who_becomes_staff_signs_in_again_and_then_has_half_an_hour(app, client, admin, ben):
    make_role("Watch", "write")
    give_role(ben, "watch")
    other = app.test_client()
    log_in(other, ben)
    send(client, path_of("watch"), may_see_audit_log="y")
    assert other.get("/settings").location.startswith("/auth/login")
    log_in(other, ben)
    with time_machine.travel(utcnow() + timedelta(minutes=31), tick=False):
        assert other.get("/settings").location.startswith("/auth/login")
