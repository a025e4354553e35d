"""Roles of people: who may give them, and what stays true of them."""

from __future__ import annotations

import pytest
from flask import Flask

from app import db
from app.models import User
from app.services.accounts import accounts, roles
from app.services.errors import LastAdminError, NotAllowedError
from app.services.site.audit import COMMAND_LINE, Actor
from tests.support.factories import make_user
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
