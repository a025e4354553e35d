"""Who may answer an appeal."""

from __future__ import annotations

from app.services.moderation import appeals, decisions
from tests.support.factories import make_user
from tests.support.moderation import decide, make_report
from tests.support.roles import give_role, make_role


def may_answer(moderator, decision) -> bool:
    return appeals.may_answer(moderator, decisions.find(decision.id))


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
    decide(noah, "suspend")
    assert may_answer(mia, decision)
