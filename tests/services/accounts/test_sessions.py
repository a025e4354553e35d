"""Signed-in devices: who is told of them, how long they last, and what ends them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from app import db
from app.lib.dates import utcnow
from app.models import SecurityEvent, Session, Token, User
from app.services.accounts import sessions
from tests.support import mailbox
from tests.support.factories import make_token
from tests.support.pages import counted_statements
from tests.support.roles import give_role

MOMENT = timedelta(seconds=1)


def live(user: User) -> list[int]:
    return [session.id for session in db.session.scalars(Session.open_of(user))]


def test_a_session_is_found_by_its_secret_in_one_statement(ana):
    session, secret = sessions.start(ana)
    assert secret not in (session.token_hash, session.csrf_key)
    db.session.commit()
    db.session.expunge_all()
    with counted_statements() as ran:
        found = sessions.find(secret)
        assert (found.id, found.user.username) == (session.id, "ana")
    assert len(ran) == 1
    assert sessions.find(secret.swapcase()) is None


def test_a_session_that_ended_or_whose_account_is_closed_is_not_found(ana, ben):
    session, secret = sessions.start(ana)
    _, other = sessions.start(ben)
    sessions.end(session)
    ben.closed_at = utcnow()
    db.session.flush()
    assert sessions.find(secret) is sessions.find(other) is None


def test_only_devices_that_are_new_to_somebody_are_mailed(ana):
    laptop = {"user_agent": "Laptop", "network": "192.0.2.0"}
    sessions.start(ana, **laptop)
    sessions.start(ana, **laptop)
    sessions.start(ana, user_agent="Phone", is_known_device=True)
    assert mailbox.templates() == []
    sessions.start(ana, user_agent="Laptop", network="198.51.100.0")
    assert mailbox.templates() == ["new_device"]


@pytest.mark.parametrize("role", ["moderator", "admin"])
def test_staff_stay_signed_in_for_half_an_hour_of_idling_and_twelve_hours_at_most(ana, role):
    give_role(ana, role)
    session, _ = sessions.start(ana, is_remembered=True)
    assert not session.is_remembered
    begun = session.created_at
    assert session.expires_at == begun + timedelta(minutes=30)
    for minutes in range(20, 12 * 60, 20):
        with time_machine.travel(begun + timedelta(minutes=minutes), tick=False):
            sessions.touch(session.id)
    assert session.expires_at == begun + timedelta(hours=12)


def test_a_session_is_extended_every_five_minutes_and_not_more_often(ana):
    session, _ = sessions.start(ana)
    begun = session.last_used_at
    due = begun + timedelta(minutes=5)
    for at, used in ((due - MOMENT, begun), (due, due)):
        with time_machine.travel(at, tick=False):
            assert sessions.touch(session.id) is None
        assert (session.last_used_at, session.expires_at) == (used, used + timedelta(hours=24))


def test_a_remembered_device_gets_a_new_secret_daily_and_the_old_one_soon_means_theft(ana):
    session, old = sessions.start(ana, is_remembered=True)
    expiry, rotation = session.expires_at, session.rotated_at + timedelta(hours=24)
    assert expiry == session.created_at + timedelta(days=30)
    with time_machine.travel(rotation - MOMENT, tick=False):
        assert sessions.touch(session.id) is None
    with time_machine.travel(rotation + timedelta(minutes=5), tick=False):
        new = sessions.touch(session.id)
        rotated = session.rotated_at
    assert new not in (None, old)
    assert session.expires_at == expiry
    for passed, is_theft in ((-MOMENT, False), (MOMENT, True)):
        with time_machine.travel(rotated + timedelta(seconds=60) + passed, tick=False):
            assert sessions.find(old) is sessions.find(new) is session
            assert sessions.is_stolen(session, old) is is_theft
            assert not sessions.is_stolen(session, new)


def test_an_ended_session_does_not_come_back_to_life(ana):
    session, _ = sessions.start(ana, is_remembered=True)
    sessions.end(session)
    with time_machine.travel(utcnow() + timedelta(hours=1), tick=False):
        assert sessions.touch(session.id) is None
        assert live(ana) == []


def test_signing_out_of_all_browsers_spares_one_and_other_people_and_clients(ana, ben):
    spared, _ = sessions.start(ana)
    for person in (ana, ana, ben):
        sessions.start(person)
    make_token(ana)
    assert sessions.end_devices(ana, except_for=spared) == 2
    assert live(ana) == [spared.id]
    assert len(db.session.scalars(sa.select(Token)).all()) == 1
    assert sessions.end_all(ana) == 1
    assert live(ana) == db.session.scalars(sa.select(Token)).all() == []
    assert len(live(ben)) == 1


def test_a_session_is_forgotten_thirty_days_after_its_end(ana):
    rows = [sessions.start(ana)[0] for _ in range(3)]
    retention = timedelta(days=30)
    for session, age in ((rows[0], retention + MOMENT), (rows[1], retention - 60 * MOMENT)):
        session.expires_at = utcnow() - age
    db.session.flush()
    assert (sessions.purge(), sessions.purge()) == (1, 0)
    left = db.session.scalars(sa.select(Session.id).order_by(Session.id)).all()
    assert left == [rows[1].id, rows[2].id]


def test_a_device_that_another_tab_has_just_renewed_is_left_alone(ana):
    session, _ = sessions.start(ana, is_remembered=True)
    with time_machine.travel(session.created_at + timedelta(hours=25), tick=False):
        faster = sa.update(Session).values(last_used_at=utcnow(), rotated_at=utcnow())
        db.session.execute(faster.execution_options(synchronize_session=False))
        assert sessions.touch(session.id) is None


def test_the_password_counts_for_half_an_hour_after_it_was_given(ana):
    session, _ = sessions.start(ana)
    due = session.created_at + timedelta(minutes=30)
    with time_machine.travel(due - MOMENT, tick=False):
        assert not sessions.needs_password(session)
    with time_machine.travel(due, tick=False):
        assert sessions.needs_password(session)
        sessions.confirm_password(session)
        assert not sessions.needs_password(session)


def test_signing_a_role_out_leaves_what_had_ended_as_it_was(ana):
    session, _ = sessions.start(ana)
    sessions.end(session)
    ended = session.expires_at
    with time_machine.travel(ended + timedelta(hours=1), tick=False):
        sessions.end_all_with(ana.role_id)
    db.session.refresh(session)
    assert session.expires_at == ended


def test_the_security_log_says_how_and_from_where_somebody_came_in(ana):
    sessions.start(ana, user_agent="Phone", network="192.0.2.0/24", method="code")
    sessions.start(ana)
    events = db.session.scalars(sa.select(SecurityEvent).order_by(SecurityEvent.id)).all()
    assert [(event.facts["method"], event.facts["network"]) for event in events] == [
        ("code", "192.0.2.0/24"),
        ("password", ""),
    ]


def test_the_device_that_is_used_is_extended_and_no_other(ana):
    idle, used = (sessions.start(ana)[0] for _ in range(2))
    with time_machine.travel(used.created_at + timedelta(minutes=6), tick=False):
        sessions.touch(used.id)
        assert used.last_used_at == utcnow()
    assert idle.last_used_at == idle.created_at


def test_what_somebody_else_uses_is_new_to_a_person(ana, ben):
    shared = {"user_agent": "Library", "network": "192.0.2.0"}
    sessions.start(ben, **shared)
    sessions.start(ana)
    sessions.start(ana, **shared)
    (mail,) = mailbox.waiting("new_device")
    assert mail.payload["to"] == ana.email
    assert mail.payload["facts"]["network"] == "192.0.2.0"


def test_a_long_user_agent_is_cut(ana):
    session, _ = sessions.start(ana, user_agent="x" * 300)
    assert session.user_agent == "x" * 256
