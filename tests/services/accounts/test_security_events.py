"""The security log keeps ninety days, each person's own."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from app import db
from app.database.cursor import Cursor
from app.lib.dates import utcnow
from app.models import SecurityEvent
from app.services.accounts import security_events


def names(user) -> list[str]:
    return [event.name for event in security_events.page(user, Cursor(10))]


def test_the_newest_event_comes_first_and_others_have_their_own(ana, cleo):
    security_events.record(ana, "signed_in", device="Firefox · Linux")
    security_events.record(cleo, "password_changed")
    security_events.record(ana, "username_changed")
    assert names(ana) == ["username_changed", "signed_in"]
    assert names(cleo) == ["password_changed"]


def test_after_ninety_days_an_event_is_hidden_and_then_deleted(ana):
    security_events.record(ana, "signed_in")
    security_events.record(ana, "username_changed")
    old = sa.update(SecurityEvent).where(SecurityEvent.name == "signed_in")
    db.session.execute(old.values(created_at=utcnow() - timedelta(days=90, minutes=1)))
    assert names(ana) == ["username_changed"]
    assert security_events.purge() == 1
    assert db.session.scalars(sa.select(SecurityEvent.name)).all() == ["username_changed"]


def test_the_log_is_erased_with_its_owner(ana):
    security_events.record(ana, "signed_in")
    db.session.commit()
    db.session.delete(ana)
    db.session.commit()
    assert db.session.scalars(sa.select(SecurityEvent)).all() == []
