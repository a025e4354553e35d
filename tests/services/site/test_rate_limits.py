"""Claims that hold for a while, and the rows that rate limits count in."""

from __future__ import annotations

import time
from datetime import timedelta

import sqlalchemy as sa
import time_machine

from app import db
from app.lib.dates import utcnow
from app.models import RateLimit
from app.services.site import rate_limits

TEN_MINUTES = timedelta(minutes=10)


def test_a_claim_holds_for_its_period_and_can_then_be_taken_again(app):
    begun = utcnow()
    for minutes, is_free in ((0, True), (0, False), (9, False), (11, True), (20, False)):
        with time_machine.travel(begun + timedelta(minutes=minutes), tick=False):
            assert rate_limits.claim("a", TEN_MINUTES) is is_free


def test_asking_in_vain_does_not_make_a_claim_longer(app):
    begun = utcnow()
    for minutes, is_free in ((0, True), (9, False), (11, True)):
        with time_machine.travel(begun + timedelta(minutes=minutes), tick=False):
            assert rate_limits.claim("a", TEN_MINUTES) is is_free


def test_keys_are_claimed_independently_and_each_for_its_own_period(app):
    begun = utcnow()
    assert rate_limits.claim("a", TEN_MINUTES)
    assert rate_limits.claim("A", timedelta(days=1))
    with time_machine.travel(begun + timedelta(minutes=11), tick=False):
        assert rate_limits.claim("a", TEN_MINUTES)
        assert not rate_limits.claim("A", TEN_MINUTES)


def test_a_claim_that_is_rolled_back_was_never_made(app):
    assert rate_limits.claim("a", TEN_MINUTES)
    db.session.rollback()
    assert rate_limits.claim("a", TEN_MINUTES)


def test_only_counts_whose_window_is_over_are_erased(app):
    now = time.time()
    for key, rest in (("over", -1), ("open", 60), ("claimed", 3600)):
        db.session.add(RateLimit(key=key, hits=3, expires_at=now + rest))
    db.session.flush()
    assert (rate_limits.purge(), rate_limits.purge()) == (1, 0)
    keys = sa.select(RateLimit.key).order_by(RateLimit.key)
    assert db.session.scalars(keys).all() == ["claimed", "open"]
