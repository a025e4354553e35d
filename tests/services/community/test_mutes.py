"""Muting and unmuting, for a while or for good."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from app import db
from app.database.cursor import Cursor
from app.lib.dates import utcnow
from app.models import Mute
from app.services.community import mutes
from app.services.errors import SelfBlockError
from tests.support.factories import make_user


def rows() -> int:
    return db.session.scalars(sa.select(sa.func.count()).select_from(Mute)).one()


def after(**time: int) -> time_machine.travel:
    return time_machine.travel(utcnow() + timedelta(**time), tick=False)


def test_a_mute_for_a_day_ends_by_itself(ana, ben):
    mutes.mute(ana, ben, days=1)
    with after(hours=23):
        assert mutes.find(ana, ben)
        assert mutes.purge() == 0
    with after(hours=25):
        assert mutes.find(ana, ben) is None
        assert mutes.count(ana) == 0
        assert mutes.purge() == 1
    assert rows() == 0


def test_muting_again_replaces_the_mute(ana, ben):
    mutes.mute(ana, ben, days=1, hides_notifications=False)
    mutes.mute(ana, ben)
    with after(days=400):
        found = mutes.find(ana, ben)
    assert found is not None
    assert (found.expires_at, found.hides_notifications) == (None, True)
    assert rows() == 1


def test_unmuting_tells_whether_there_was_a_mute(ana, ben):
    mutes.mute(ana, ben)
    assert mutes.unmute(ana, ben)
    assert not mutes.unmute(ana, ben)


def test_nobody_can_mute_themselves(ana):
    with pytest.raises(SelfBlockError):
        mutes.mute(ana, ana)


def test_a_list_of_people_is_muted_except_who_is_muted_already(ana, ben, cleo):
    mutes.mute(ana, ben, days=7)
    mutes.mute(ana, cleo, days=1)
    other = make_user()
    with after(days=2):
        assert mutes.mute_all(ana, [ana, ben, cleo, other, other]) == 2
        assert mutes.mute_all(ana, [ana]) == 0
    # The running mute of a week is kept as it is; the one that ended starts again.
    assert mutes.find(ana, ben).expires_at is not None
    assert mutes.find(ana, cleo).expires_at is None
    assert mutes.usernames(ana) == ["ben", "cleo", other.username]
    latest = [row.muted.username for row in mutes.page(ana, Cursor(9))]
    assert latest == [other.username, "cleo", "ben"]
