"""Roles: who may give, make and change them, and what stays true of their people."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from app import db
from app.lib.dates import utcnow
from app.models import AuditEntry, Role, Token, User
from app.models.accounts.role import PERMISSIONS
from app.services.accounts import accounts, roles, sessions
from app.services.accounts.roles import Definition
from app.services.errors import (
    BuiltinRoleError,
    GoneError,
    LastAdminError,
    NotAllowedError,
    RoleChangedError,
    RoleNameError,
    RoleNameTakenError,
)
from app.services.site.audit import COMMAND_LINE, Actor
from tests.support.factories import make_token, make_user
from tests.support.pages import counted_statements
from tests.support.roles import give_role, make_role, named_role, role_name


def test_a_role_is_given_by_those_who_outrank_and_have_it(app: Flask, ana: User) -> None:
    mod, boss = make_user("mod", role="moderator"), make_user("boss", role="administrator")
    roles.give(ana, named_role("moderator"), Actor(boss))
    assert role_name(ana) == "moderator"
    # Of the same rank.
    with pytest.raises(NotAllowedError):
        roles.give(ana, named_role("member"), Actor(mod))
    with pytest.raises(NotAllowedError):
        roles.give(mod, named_role("administrator"), Actor(mod))
    # Oneself, downward.
    roles.give(mod, named_role("member"), Actor(mod))
    assert role_name(mod) == "member"


def test_the_version_before_knows_who_is_staff(app: Flask, ana: User) -> None:
    make_role("Helpers", "see_jobs")
    make_role("Quiet ones", "report")
    names = {"admin": "admin", "helpers": "moderator", "quiet ones": "member", "member": "member"}
    make_user("boss", role="administrator")
    for name, former in names.items():
        roles.give(ana, named_role(name), COMMAND_LINE)
        assert ana.former_role == former


@pytest.mark.parametrize("act", ["close", "demote"])
def test_the_last_administrator_neither_leaves_nor_steps_down(app: Flask, act: str) -> None:
    boss = make_user("boss", role="administrator")

    def try_it() -> None:
        if act == "close":
            accounts.close(boss)
        else:
            roles.give(boss, named_role("member"), Actor(boss))

    with pytest.raises(LastAdminError):
        try_it()
    db.session.rollback()
    other = make_user("other", role="administrator")
    try_it()
    db.session.commit()
    with pytest.raises(LastAdminError):
        accounts.close(other)


def test_staff_are_not_erased_for_an_address_they_never_confirmed(app: Flask) -> None:
    app.config |= {"EMAILS_MUST_BE_VERIFIED": True, "UNCONFIRMED_DAYS": 0}
    helper, member = (make_user(name, email_verified_at=None) for name in ("helper", "member"))
    make_role("Helpers", "see_jobs")
    give_role(helper, "helpers")
    assert accounts.erase_unconfirmed() == 1
    assert db.session.get(User, member.id, populate_existing=True) is None


def staff_role(rank: int = 30) -> Role:
    """May manage roles and people, but see no addresses."""
    return make_role("Helpers", "write", "report", "manage_roles", "silence", rank=rank)


def entries() -> list[tuple[str, str]]:
    rows = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))
    return [(entry.action, entry.target) for entry in rows]


def sign_in(user: User, *, is_remembered: bool = False) -> str:
    _session, token = sessions.start(user, is_remembered=is_remembered)
    db.session.commit()
    return token


def test_a_role_of_the_sites_own_is_made_changed_and_deleted(app: Flask, ana: User) -> None:
    role = roles.create(Definition(" Night  watch ", ["silence", "write"], 20), COMMAND_LINE)
    assert (role.name, role.permission_names, role.rank) == ("Night watch", "write silence", 20)
    give_role(ana, "night watch")
    roles.change(role, Definition("Watch", ["write", "see_jobs"], 21), COMMAND_LINE)
    assert roles.delete(role, COMMAND_LINE) == 1
    db.session.commit()
    assert role_name(ana) == "member"
    assert roles.named("watch") is None
    assert entries() == [
        ("create_role", "Night watch: +write +silence rank=20"),
        ("edit_role", "Watch: was Night watch +see_jobs -silence rank=21"),
        ("change_role", "member"),
        ("delete_role", "Watch"),
    ]


def test_a_long_change_takes_several_entries(app: Flask) -> None:
    roles.create(Definition("x" * 30, PERMISSIONS, 99), COMMAND_LINE)
    texts = [target for _action, target in entries()]
    assert len(texts) == 3
    assert all(len(text) <= 100 for text in texts)
    assert " ".join(text.partition(": ")[2] for text in texts).split() == [
        *(f"+{one}" for one in PERMISSIONS),
        "rank=99",
    ]


def test_nobody_gives_a_role_what_they_lack_or_a_rank_of_their_own(app: Flask) -> None:
    staff_role()
    by = Actor(make_user("helper", role="helpers"))
    mine = roles.create(Definition("Quiet ones", ["report"], 29), by)
    refused = [
        Definition("A", ["see_addresses"], 10),
        Definition("B", [], 30),
        Definition("C", [], 100),
        Definition("D", [], -1),
        Definition("E", ["unheard_of"], 10),
    ]
    for new in refused:
        with pytest.raises(NotAllowedError):
            roles.create(new, by)
        with pytest.raises(NotAllowedError):
            roles.change(mine, Definition(mine.name, new.permissions, new.rank), by)
    # Neither what their own role may do, nor what a higher one may.
    for name in ("helpers", "moderator"):
        role = named_role(name)
        for act in (
            lambda role=role: roles.change(role, Definition(role.name, [], role.rank), by),
            lambda role=role: roles.delete(role, by),
        ):
            with pytest.raises((NotAllowedError, BuiltinRoleError)):
                act()


def test_what_they_lack_stays_with_a_lower_role(app: Flask) -> None:
    staff_role()
    by, low = Actor(make_user("helper", role="helpers")), make_role("Low", "see_jobs", rank=5)
    roles.change(low, Definition("Low", ["see_jobs", "write"], 5), by)
    with pytest.raises(NotAllowedError):
        roles.change(low, Definition("Low", ["write"], 5), by)


def test_roles_that_every_site_has_stay(app: Flask) -> None:
    admin, moderator, member = (named_role(one) for one in ("admin", "moderator", "member"))
    wrong = [
        (admin, Definition("administrator", [], 100)),
        (moderator, Definition("Mods", moderator.permissions, 50)),
        (moderator, Definition("moderator", moderator.permissions, 51)),
        # Everybody would be staff.
        (member, Definition("member", ["write", "suspend"], 0)),
    ]
    for role, new in wrong:
        with pytest.raises(BuiltinRoleError):
            roles.change(role, new, COMMAND_LINE)
    for role in (admin, moderator, member):
        with pytest.raises(BuiltinRoleError):
            roles.delete(role, COMMAND_LINE)
    roles.change(member, Definition("member", ["write", "invite"], 0), COMMAND_LINE)
    assert named_role("member").permissions == {"write", "invite"}


@pytest.mark.parametrize("name", ["", " ", "x" * 31, "İ" * 30])
def test_a_name_is_short_and_shown(app: Flask, name: str) -> None:
    with pytest.raises(RoleNameError):
        roles.create(Definition(name, [], 1), COMMAND_LINE)


@pytest.mark.parametrize("name", ["Member", "ADMIN", "administrator", "helpers"])
def test_a_name_is_one_roles_alone(app: Flask, name: str) -> None:
    role = staff_role()
    with pytest.raises(RoleNameTakenError):
        roles.create(Definition(name, [], 1), COMMAND_LINE)
    db.session.rollback()
    if name != "helpers":
        with pytest.raises(RoleNameTakenError):
            roles.change(role, Definition(name, role.permissions, 30), COMMAND_LINE)
    roles.change(role, Definition("HELPERS", role.permissions, 30), COMMAND_LINE)


def test_a_form_that_somebody_overtook_changes_nothing(app: Flask) -> None:
    role = staff_role()
    seen = roles.state_of(role)
    roles.change(role, Definition("Helpers", ["write"], 30), COMMAND_LINE, seen=seen)
    with pytest.raises(RoleChangedError):
        roles.change(role, Definition("Helpers", ["silence"], 30), COMMAND_LINE, seen=seen)
    assert role.permissions == {"write"}


@pytest.mark.parametrize("act", ["becomes staff", "is staff no more", "another rank", "deleted"])
def test_everybody_with_the_role_signs_in_again(
    app: Flask, ana: User, ben: User, cleo: User, act: str
) -> None:
    role = make_role("Club", *(["write"] if act == "becomes staff" else ["write", "see_jobs"]))
    for person in (ana, ben):
        give_role(person, "club")
    tokens = [sign_in(person, is_remembered=True) for person in (ana, ben, cleo)]
    make_token(ana), make_token(cleo)
    with counted_statements() as statements:
        match act:
            case "becomes staff":
                roles.change(role, Definition("Club", ["write", "silence"], 10), COMMAND_LINE)
            case "is staff no more":
                roles.change(role, Definition("Club", ["write"], 10), COMMAND_LINE)
            case "another rank":
                roles.change(role, Definition("Club", role.permissions, 11), COMMAND_LINE)
            case _:
                roles.delete(role, COMMAND_LINE)
    db.session.commit()
    # However many they are.
    assert len(statements) <= 12
    assert [sessions.find(token) is not None for token in tokens] == [False, False, True]
    assert [len(db.session.scalars(Token.live_of(one)).all()) for one in (ana, cleo)] == [0, 1]
    former = db.session.scalars(sa.select(User.former_role).where(User.id == ana.id)).one()
    assert former == ("moderator" if act == "becomes staff" else "member")


@pytest.mark.parametrize("permissions", [["write"], ["write", "message", "invite"]])
def test_members_stay_signed_in_when_what_they_may_do_changes(
    app: Flask, ana: User, permissions: list[str]
) -> None:
    token = sign_in(ana)
    roles.change(named_role("member"), Definition("member", permissions, 0), COMMAND_LINE)
    db.session.commit()
    assert sessions.find(token) is not None
    assert ana.role.permissions == set(permissions)


def test_a_session_that_began_as_a_members_has_the_limits_of_staff(app: Flask, ana: User) -> None:
    """Somebody may sign in at the moment in which their role becomes one of staff."""
    token = sign_in(ana, is_remembered=True)
    give_role(ana, "moderator")
    with time_machine.travel(utcnow() + timedelta(minutes=29), tick=False):
        assert sessions.find(token) is not None
    with time_machine.travel(utcnow() + timedelta(minutes=31), tick=False):
        assert sessions.find(token) is None


def test_nobody_takes_away_by_deleting_what_they_may_not_take_away(app: Flask) -> None:
    make_role("Helpers", "write", "message", "report", "manage_roles", rank=30)
    by = Actor(make_user("helper", role="helpers"))
    for name, permission in (("Watch", "suspend"), ("Quiet ones", "report")):
        make_role(name, permission, rank=5)
    with pytest.raises(NotAllowedError):
        roles.delete(named_role("watch"), by)
    assert roles.delete(named_role("quiet ones"), by) == 0


def test_a_role_that_was_deleted_is_neither_given_nor_changed(app: Flask, ana: User) -> None:
    role = staff_role()
    db.session.execute(sa.text("DELETE FROM role WHERE id = :id"), {"id": role.id})
    for act in (
        lambda: roles.give(ana, role, COMMAND_LINE),
        lambda: roles.change(role, Definition("Helpers", [], 1), COMMAND_LINE),
        lambda: roles.delete(role, COMMAND_LINE),
    ):
        with pytest.raises(GoneError):
            act()
