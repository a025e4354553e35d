"""Tokens of API clients: limits, lifetimes, and what ends them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from app import db
from app.lib.dates import utcnow
from app.models import SecurityEvent, Token
from app.services.accounts import tokens
from app.services.errors import NotAllowedError, RepeatedTokenError, TooManyTokensError
from app.services.messages.mails import EMAILS_PER_DAY
from tests.support import mailbox
from tests.support.factories import make_token, make_user
from tests.support.pages import counted_statements


def named(user) -> list[str]:
    return [token.name for token in db.session.scalars(Token.live_of(user))]


def test_a_token_is_found_by_its_secret_in_one_statement(ana):
    token, secret = tokens.create(ana, "Backup", "read", days=3)
    assert token.expires_at - token.created_at == timedelta(days=3)
    assert token.token_hash != secret
    db.session.commit()
    db.session.expunge_all()
    with counted_statements() as ran:
        found = tokens.find(secret)
        assert (found.name, found.user.username) == ("Backup", "ana")
    assert len(ran) == 1


def test_what_cannot_be_a_token_is_not_looked_up(ana):
    with counted_statements() as ran:
        assert tokens.find("") is tokens.find("correct horse") is None
    assert ran == []


def test_a_token_that_expired_or_whose_account_is_closed_is_not_found(ana, ben):
    old = make_token(ana, expires_at=utcnow() - timedelta(seconds=1))
    closed = make_token(ben)
    assert tokens.find(closed.secret) is closed
    ben.closed_at = utcnow()
    db.session.commit()
    assert tokens.find(old.secret) is tokens.find(closed.secret) is None


def test_thirty_named_tokens_are_the_most_and_only_live_ones_of_that_person_count(ana, ben):
    for name in ("", "Other"):
        make_token(ben, name=name)
    make_token(ana)
    make_token(ana, name="Expired", expires_at=utcnow() - timedelta(seconds=1))
    for number in range(30):
        tokens.create(ana, f"Client {number}", "read")
    with pytest.raises(TooManyTokensError):
        tokens.create(ana, "One more", "read")
    assert len(mailbox.waiting("token_created")) == EMAILS_PER_DAY
    assert "One more" not in named(ana)


def test_the_oldest_unnamed_token_makes_room_and_named_ones_stay(ana):
    tokens.create(ana, "Backup", "read")
    made = [tokens.create_unnamed(ana, "write")[0].id for _ in range(12)]
    left = Token.live_of(ana).where(Token.name == "")
    assert [token.id for token in db.session.scalars(left)] == made[:1:-1]
    assert "Backup" in named(ana)


def test_unnamed_tokens_are_mailed_once_a_day(ana):
    for hours, mails in ((0, 1), (1, 1), (25, 2)):
        with time_machine.travel(utcnow() + timedelta(hours=hours), tick=False):
            tokens.create_unnamed(ana, "read")
        assert len(mailbox.waiting("password_token")) == mails
        logged = db.session.scalars(sa.select(SecurityEvent.name)).all()
        assert logged == ["password_token"] * mails


def test_use_is_recorded_once_an_hour(ana):
    token = make_token(ana)
    assert tokens.needs_touch(token)
    tokens.touch(token.id)
    db.session.refresh(token)
    for minutes, is_due in ((59, False), (60, True)):
        with time_machine.travel(token.last_used_at + timedelta(minutes=minutes), tick=False):
            assert tokens.needs_touch(token) is is_due


def test_revoking_twice_does_no_harm_and_expired_tokens_are_forgotten(ana):
    revoked, live = make_token(ana), make_token(ana)
    make_token(ana, expires_at=utcnow() - timedelta(seconds=1))
    tokens.revoke(revoked)
    tokens.revoke(revoked)
    assert (tokens.purge(), tokens.purge()) == (1, 0)
    assert db.session.scalars(sa.select(Token.id)).all() == [live.id]


def test_the_end_of_a_named_token_is_in_the_security_log_once(ana):
    named, unnamed = make_token(ana, name="Backup"), make_token(ana)
    for token in (named, named, unnamed):
        tokens.revoke(token)
    events = db.session.scalars(sa.select(SecurityEvent)).all()
    assert [(event.name, event.facts) for event in events] == [
        ("token_revoked", {"token": "Backup"})
    ]


def test_administrators_alone_make_a_token_for_administration_for_thirty_days_at_most(ana):
    boss = make_user(role="administrator")
    for person, days in ((ana, 30), (boss, 31)):
        with pytest.raises(NotAllowedError):
            tokens.create_new(person, "Backup", "admin", days)
    token, _ = tokens.create_new(boss, "Backup", "admin", 30)
    assert token.expires_at - token.created_at == timedelta(days=30)
    with pytest.raises(RepeatedTokenError):
        tokens.create_new(boss, "Backup", "read", 31)
