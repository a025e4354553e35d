"""Who may answer an appeal."""

from __future__ import annotations

from app import db
from app.models import User
from app.services.accounts import roles
from app.services.moderation import decisions
from tests.support.factories import enroll, make_user
from tests.support.moderation import decide, make_report
from tests.support.roles import give_role, make_role


def may_answer(moderator, decision) -> bool:
    return decisions.may_review(moderator, decisions.find(decision.id))


def reload(person: User) -> User:
    """With what a request knows of them: whether they have a second factor."""
    found = roles.staff().where(User.id == person.id)
    return db.session.scalars(found.execution_options(populate_existing=True)).one()


def test_who_decided_answers_only_if_nobody_else_could(app, ana, ben):
    mia = make_user("mia", role="moderator")
    decision = decide(ben, "suspend", mia, make_report(ana, ben))
    assert may_answer(mia, decision)
    # Somebody whose role does not suspend is nobody who could.
    helper = make_user("helper")
    make_role("Helpers", "hide_posts", rank=30)
    give_role(helper, "helpers")
    assert may_answer(mia, decision)
    assert not may_answer(helper, decision)
    # Nor is whoever reported it.
    give_role(ana, "moderator")
    assert may_answer(mia, decision)
    noah = make_user("noah", role="moderator")
    assert not may_answer(mia, decision)
    assert may_answer(noah, decision)
    # Nor whoever's permissions rest.
    app.config["TWO_FACTOR_FOR_STAFF"] = True
    enroll(mia)
    db.session.expire_all()
    assert may_answer(reload(mia), decision)
    app.config["TWO_FACTOR_FOR_STAFF"] = False
    decide(noah, "suspend")
    assert may_answer(mia, decision)
