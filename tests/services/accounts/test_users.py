"""Members: what only happens when two come at once."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from app import db
from app.models import FormerUsername, User
from app.services.accounts import accounts
from app.services.errors import UsernameTakenError
from tests.support.factories import make_user


def test_a_name_that_was_taken_between_looking_and_renaming_is_told_like_any_other(ana):
    other = make_user("other")

    def overtake(session, _context, _instances) -> None:
        values = {"username": "dora", "username_key": "dora"}
        session.connection().execute(sa.update(User).where(User.id == other.id).values(values))

    event.listen(db.session.registry(), "before_flush", overtake, once=True)
    with pytest.raises(UsernameTakenError):
        accounts.rename(ana, "dora")
    db.session.rollback()
    assert db.session.get(User, ana.id).username == "ana"
    assert db.session.scalars(sa.select(FormerUsername)).all() == []
