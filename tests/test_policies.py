"""Who may do what: roles, ranks and permissions."""

from __future__ import annotations

from typing import get_args

import pytest
from flask import Flask

from app import policies
from app.models import User
from app.models.accounts.role import MODERATOR_PERMISSIONS, PERMISSIONS, Role
from app.models.moderation.decision import Action
from tests.support.factories import make_user
from tests.support.roles import give_role, make_role, named_role

STAFF_ONLY = PERMISSIONS[4:]


def test_an_administrator_may_do_everything_whatever_the_row_says(app: Flask) -> None:
    boss = make_user("boss", role="administrator")
    assert all(policies.has_permission(boss, permission) for permission in PERMISSIONS)
    assert not any(policies.has_permission(None, permission) for permission in PERMISSIONS)


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_staff_is_whoever_may_do_more_than_members(app: Flask, permission: str) -> None:
    person = make_user()
    make_role("Helpers", permission)
    give_role(person, "helpers")
    assert policies.is_staff(person) == (permission in STAFF_ONLY)


def test_a_permission_that_no_version_knows_is_none(app: Flask) -> None:
    assert make_role("Helpers", "write", "fly").permissions == {"write"}


def test_nobody_outranks_their_equals(app: Flask, ana: User) -> None:
    people = [ana, make_user("mod", role="moderator"), make_user("boss", role="administrator")]
    for number, actor in enumerate(people):
        for other_number, other in enumerate(people):
            assert policies.outranks(actor, other) == (number > other_number)


def role(rank: int, *permissions: str) -> Role:
    return Role(name="x", rank=rank, permission_names=" ".join(permissions))


def test_one_grants_no_more_than_one_has(app: Flask) -> None:
    person = make_user()
    make_role("Helpers", "write", "silence", "manage_people", rank=20)
    give_role(person, "Helpers")
    assert policies.may_grant(person, role(20, "write", "silence"))
    assert policies.may_grant(person, role(0))
    assert not policies.may_grant(person, role(21))
    assert not policies.may_grant(person, role(10, "suspend"))
    assert not policies.may_grant(person, named_role("administrator"))


@pytest.mark.parametrize("permission", MODERATOR_PERMISSIONS)
def test_each_action_takes_its_own_permission_and_a_warning_any(
    app: Flask, ana: User, permission: str
) -> None:
    helper = make_user()
    make_role("Helpers", permission)
    give_role(helper, "Helpers")
    allowed = {action for action in get_args(Action) if policies.may_decide(helper, ana, action)}
    # A note hides the words, where the other hides the whole.
    also = {"require_note"} if permission == "hide_posts" else set()
    assert allowed == {"none", "warn", permission} | also


def test_a_case_is_closed_by_whom_its_person_does_not_equal_or_by_another_administrator(
    app: Flask, ana: User, ben: User
) -> None:
    bosses = [make_user(role="administrator") for _ in range(2)]
    moderators = [make_user(role="moderator") for _ in range(2)]
    assert policies.may_close(*bosses)
    assert policies.may_close(moderators[0], ana)
    assert not policies.may_close(*moderators)
    make_role("Clerks", "manage_people", rank=20)
    give_role(ben, "Clerks")
    assert not policies.may_close(ben, ana)
