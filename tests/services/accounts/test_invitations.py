"""Invitations: their codes, how often and how long they work, and whom they name."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from app import db
from app.lib.dates import utcnow
from app.models import AuditEntry, Invitation, Invitee, User
from app.services.accounts import accounts, invitations
from app.services.errors import (
    GoneError,
    InvitationError,
    NotAllowedError,
    TooManyInvitationsError,
)
from app.services.site.audit import COMMAND_LINE, Actor
from tests.support.factories import make_user
from tests.support.roles import give_role


@pytest.fixture
def sam(app: Flask) -> User:
    return make_user("sam", role="moderator")


def code_by(maker: User | None, uses: int = 1, days: int = 7) -> str:
    code = invitations.code_of(invitations.create(maker, uses, days))
    db.session.commit()
    return code


def use(code: str, newcomer: User) -> None:
    invitations.record_invitee(newcomer, invitations.use(code))
    db.session.commit()


def test_a_code_is_not_in_the_database_and_can_be_read_again(app: Flask, sam: User) -> None:
    invitation = invitations.create(sam, 1, 7)
    code = invitations.code_of(invitation)
    assert invitations.find(code) is invitation
    assert code not in {str(value) for value in vars(invitation).values()}
    assert invitations.url_of(invitation).endswith(f"/auth/register?invite={code}")


def test_a_forged_or_altered_code_finds_nothing(app: Flask, sam: User) -> None:
    code = code_by(sam)
    for wrong in ("", "x", code[:-1], code + "x", "x" * 28, code.swapcase(), "é" * 28, "x" * 5000):
        assert invitations.find(wrong) is None


def test_a_code_outlives_its_key_as_long_as_that_is_accepted(app: Flask, sam: User) -> None:
    code, old = code_by(sam), app.config["SECRET_KEY"]
    app.config["SECRET_KEY"] = "another key of at least 32 random bytes"
    assert invitations.find(code) is None
    app.config["SECRET_KEY_FALLBACKS"] = [old]
    assert invitations.find(code) is not None


def test_each_use_counts_and_the_last_ends_it(sam: User, ana: User, ben: User, cleo: User) -> None:
    code = code_by(sam, uses=2)
    use(code, ana)
    use(code, ben)
    with pytest.raises(InvitationError):
        use(code, cleo)
    (sent,) = invitations.sent_by(sam)
    assert (sent.invitation.uses_count, sent.more) == (2, 0)
    assert [person.username for person in sent.joined] == ["ben", "ana"]


def test_it_ends_with_its_time(sam: User, ana: User) -> None:
    code = code_by(sam, days=1)
    with time_machine.travel(utcnow() + timedelta(days=1, minutes=1)):
        assert invitations.find(code) is None
        assert invitations.sent_by(sam) == []
        with pytest.raises(InvitationError):
            invitations.use(code)


def test_it_ends_with_its_makers_right_to_invite_and_works_again_with_it(sam: User) -> None:
    code = code_by(sam)
    give_role(sam, "member")
    assert invitations.find(code) is None
    give_role(sam, "moderator")
    assert invitations.find(code) is not None
    accounts.close(sam)
    assert invitations.find(code) is None
    with pytest.raises(InvitationError):
        invitations.use(code)


def test_who_invited_whom_outlives_the_invitation(sam: User, ana: User) -> None:
    code = code_by(sam)
    use(code, ana)
    invitations.revoke(db.session.scalars(sa.select(Invitation)).one(), COMMAND_LINE, sam)
    db.session.commit()
    invitee = db.session.get_one(Invitee, ana.id)
    assert (invitee.inviter_id, invitee.invitation_id) == (sam.id, None)
    assert db.session.scalars(invitations.inviter_of(ana)).one() is sam
    assert db.session.scalars(invitations.invited_by(sam)).all() == [ana]


def test_a_maker_who_is_erased_takes_their_invitations_along(sam: User, ana: User) -> None:
    use(code_by(sam), ana)
    sam.closed_at = utcnow() - timedelta(days=8)
    db.session.commit()
    assert accounts.erase_closed() == 1
    db.session.commit()
    assert db.session.scalars(sa.select(Invitation)).all() == []
    assert db.session.get_one(Invitee, ana.id).inviter_id is None


def test_the_operators_invitation_has_no_maker(app: Flask, ana: User) -> None:
    use(code_by(None), ana)
    assert db.session.get_one(Invitee, ana.id).inviter_id is None


def test_a_newcomer_whom_nobody_may_know_of_yet_is_counted_and_not_named(
    app: Flask, sam: User
) -> None:
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    use(code_by(sam), make_user("una", email_verified_at=None))
    (sent,) = invitations.sent_by(sam)
    assert (sent.joined, sent.more) == ([], 1)


def test_nobody_has_more_than_fit_on_a_page(sam: User, ana: User) -> None:
    for _ in range(invitations.LIVE_MAX):
        invitations.create(sam, 1, 7)
    with pytest.raises(TooManyInvitationsError):
        invitations.create(sam, 1, 7)
    with time_machine.travel(utcnow() + timedelta(days=8)):
        invitations.create(sam, 1, 7)


def test_old_ones_are_purged(sam: User) -> None:
    code_by(sam, days=1)
    with time_machine.travel(utcnow() + timedelta(days=30)):
        assert invitations.purge() == 0
    with time_machine.travel(utcnow() + timedelta(days=32)):
        assert invitations.purge() == 1


def entries() -> list[tuple[str, str]]:
    rows = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))
    return [(entry.action, entry.target) for entry in rows]


def test_what_staff_make_and_revoke_is_in_the_log_and_what_members_do_is_not(
    sam: User, ana: User
) -> None:
    mine = invitations.create(sam, 1, 7)
    operators = invitations.create(None, 1, 7)
    theirs = invitations.create(ana, 1, 7)
    invitations.revoke(theirs, Actor(ana), ana)
    invitations.revoke(mine, Actor(sam), sam)
    invitations.revoke(operators, COMMAND_LINE)
    made, unmade = "create_invitation", "revoke_invitation"
    first, second = f"#{mine.id}", f"#{operators.id}"
    assert entries() == [(made, first), (made, second), (unmade, first), (unmade, second)]


def test_nobody_revokes_that_of_a_higher_rank(sam: User, ana: User) -> None:
    boss = make_user("boss", role="administrator")
    of_boss, of_nobody = invitations.create(boss, 1, 7), invitations.create(None, 1, 7)
    with pytest.raises(NotAllowedError):
        invitations.revoke(of_boss, Actor(sam), boss)
    invitations.revoke(of_nobody, Actor(sam))
    invitations.revoke(of_boss, Actor(boss), boss)
    with pytest.raises(GoneError):
        invitations.revoke(of_boss, Actor(boss), boss)


def test_an_account_that_was_never_confirmed_gives_its_use_back(app: Flask, sam: User) -> None:
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    code, other = code_by(sam, uses=3), code_by(sam)
    una, carl = (make_user(name, email_verified_at=None) for name in ("una", "carl"))
    for person in (una, carl):
        use(code, person)
    use(other, make_user("dora"))
    with time_machine.travel(utcnow() + timedelta(days=app.config["UNCONFIRMED_DAYS"] + 1)):
        carl.email_verified_at = utcnow()
        db.session.commit()
        assert accounts.erase_unconfirmed() == 1
    left = sa.select(Invitation.uses_left).order_by(Invitation.id)
    assert db.session.scalars(left).all() == [2, 0]
