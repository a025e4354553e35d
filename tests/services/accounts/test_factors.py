"""That staff need a second factor and keep one, where the site asks for it."""

from __future__ import annotations

import pytest
from flask import Flask

from app import db
from app.models import User
from app.policies import has_permission, is_resting, may_grant, may_write, outranks
from app.services.accounts import factors, passkeys, people, sessions, tokens, two_factor
from app.services.errors import LastFactorError
from app.services.site.audit import COMMAND_LINE
from tests.support.factories import code_of, enroll, make_passkey, make_token, make_user
from tests.support.pages import counted_statements
from tests.support.roles import named_role


@pytest.fixture
def boss(app: Flask) -> User:
    app.config["TWO_FACTOR_FOR_STAFF"] = True
    return make_user("boss", role="administrator")


def turn_on(user: User) -> None:
    new = two_factor.draft(user)
    two_factor.turn_on(user, new, code_of(new.secret), keep=None)
    db.session.commit()


def test_the_role_rests_until_there_is_a_factor(boss: User, ana: User) -> None:
    assert is_resting(boss) and may_write(boss) and has_permission(boss, "report")
    assert not has_permission(boss, "manage_people")
    assert not outranks(boss, ana) and not may_grant(boss, named_role("moderator"))
    turn_on(boss)
    assert not is_resting(boss) and has_permission(boss, "manage_people")
    assert outranks(boss, ana)
    two_factor.remove(boss)
    assert is_resting(boss)
    passkey = make_passkey(boss)
    factors.changed(boss)
    assert not is_resting(boss)
    # It works at another host only.
    passkey.host = "example.org"
    db.session.commit()
    factors.changed(boss)
    assert is_resting(boss)


def test_nobody_rests_where_the_site_does_not_ask_for_it(app: Flask, boss: User, ana: User) -> None:
    assert not is_resting(ana)
    app.config["TWO_FACTOR_FOR_STAFF"] = False
    assert not is_resting(boss) and has_permission(boss, "manage_people")


def test_a_session_and_a_token_know_it_without_another_statement(boss: User) -> None:
    enroll(boss)
    _session, cookie = sessions.start(boss)
    db.session.commit()
    secret = make_token(boss).secret
    for find in (lambda: sessions.find(cookie), lambda: tokens.find(secret)):
        db.session.expunge_all()
        with counted_statements() as statements:
            found = find()
            assert found is not None and not is_resting(found.user)
        assert len(statements) == 1


def test_the_last_factor_of_staff_stays(app: Flask, boss: User) -> None:
    turn_on(boss)
    with pytest.raises(LastFactorError):
        two_factor.turn_off(boss)
    first, second = make_passkey(boss), make_passkey(boss, "laptop")
    assert two_factor.turn_off(boss)
    passkeys.remove(boss, first, keep=None)
    with pytest.raises(LastFactorError):
        passkeys.remove(boss, second, keep=None)
    # One of another host does not count.
    other = make_passkey(boss, host="example.org")
    with pytest.raises(LastFactorError):
        passkeys.remove(boss, second, keep=None)
    passkeys.remove(boss, other, keep=None)
    app.config["TWO_FACTOR_FOR_STAFF"] = False
    passkeys.remove(boss, second, keep=None)


def test_members_may_remove_theirs(boss: User, ana: User) -> None:
    turn_on(ana)
    assert two_factor.turn_off(ana)


def test_the_command_line_removes_the_last_one_too(boss: User) -> None:
    turn_on(boss)
    make_passkey(boss)
    assert people.reset_two_factor(boss, COMMAND_LINE) == (True, 1)
    assert is_resting(boss)


def test_a_password_alone_signs_in_no_staff_with_a_passkey(boss: User, ana: User) -> None:
    assert not factors.are_asked(boss)
    make_passkey(boss), make_passkey(ana)
    factors.changed(boss)
    assert factors.are_asked(boss) and not factors.are_asked(ana)
    enroll(ana)
    assert factors.are_asked(ana)
