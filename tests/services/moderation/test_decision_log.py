"""Which decisions the log of a site shows, and how few details."""

from __future__ import annotations

from datetime import date

import time_machine

from app import db
from app.database.cursor import Cursor
from app.services.moderation import appeals, decision_log, decisions
from app.services.moderation.decision_log import Line, Week
from app.services.site.audit import COMMAND_LINE
from tests.support.factories import make_post, make_user
from tests.support.moderation import SPAM, decide


def weeks() -> list[Week]:
    return decision_log.by_week(decision_log.page(Cursor(100)))


def test_equal_decisions_of_a_week_are_counted(ana, ben, cleo):
    # A Sunday, a Monday, and the Sunday after it.
    for day, person, action in (
        ("2026-11-22", ana, "warn"),
        ("2026-11-23", ben, "warn"),
        ("2026-11-29", cleo, "warn"),
        ("2026-11-29", ana, "silence"),
        ("2026-11-29", ben, "none"),
    ):
        with time_machine.travel(f"{day}T12:00:00+00:00"):
            decide(person, action, rule_id=SPAM)
    assert weeks() == [
        Week(
            date(2026, 11, 23),
            [Line("silence", SPAM, None, 1), Line("warn", SPAM, None, 2)],
        ),
        Week(date(2026, 11, 16), [Line("warn", SPAM, None, 1)]),
    ]


def test_what_was_undone_is_left_out_unless_an_appeal_did_it(ana, ben, cleo):
    undone, overturned, upheld = decide(ana, "warn"), decide(ben, "warn"), decide(cleo, "warn")
    noor = make_user("noor", role="moderator")
    decisions.undo(decisions.find(undone.id), COMMAND_LINE)
    for decision, outcome in ((overturned, "overturned"), (upheld, "upheld")):
        appeals.file(decisions.find(decision.id), "It wasn't me.")
        db.session.commit()
        appeals.answer(appeals.find(decision.id, noor), outcome, "", COMMAND_LINE)
    db.session.commit()
    # Before, there was no appeal.
    db.session.expire_all()
    (lines,) = [week.lines for week in weeks()]
    assert [(line.outcome, line.count) for line in lines] == [("overturned", 1), ("upheld", 1)]


def test_what_was_lifted_stays(ana):
    decision = decide(ana, "hide_posts", post_ids=[make_post(ana).id])
    decisions.lift(decisions.find(decision.id), COMMAND_LINE)
    db.session.commit()
    assert [line.action for week in weeks() for line in week.lines] == ["hide_posts"]
