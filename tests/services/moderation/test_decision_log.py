"""Which decisions the log of a site shows, and how few details."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine

from app import db
from app.services.moderation import appeals, decision_log, decisions
from app.services.moderation.decision_log import Line, Week, Weeks
from app.services.site.audit import COMMAND_LINE
from tests.support.factories import make_post, make_user
from tests.support.moderation import SPAM, decide

MONDAY = date(2026, 11, 30)


@pytest.fixture(autouse=True)
def on_a_sunday(app):
    with time_machine.travel("2026-11-29T12:00:00+00:00"):
        yield


def shown() -> list[Line]:
    (week,) = decision_log.weeks_before(MONDAY).items
    return list(week.lines)


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
    lines = [Line("silence", SPAM, None, 1), Line("warn", SPAM, None, 2)]
    last_week = Week(date(2026, 11, 16), [Line("warn", SPAM, None, 1)])
    assert decision_log.weeks_before(MONDAY) == Weeks(
        [Week(date(2026, 11, 23), lines), last_week], None
    )
    # This week is not over.
    assert decision_log.weeks_before(decision_log.this_monday()) == Weeks([last_week], None)


def test_a_page_begins_with_the_last_week_in_which_something_was_decided(ana):
    for day in ("2025-01-06", "2025-03-24", "2025-03-31", "2026-11-28"):
        with time_machine.travel(f"{day}T12:00:00+00:00"):
            decide(ana, "warn")
    pages, before = [], MONDAY
    while before is not None:
        page = decision_log.weeks_before(before)
        pages.append([week.monday.isoformat() for week in page.items])
        before = page.older
    assert pages == [["2026-11-23"], ["2025-03-31", "2025-03-24"], ["2025-01-06"]]


def test_what_was_undone_is_left_out_unless_an_appeal_did_it(ana, ben, cleo):
    undone, overturned, upheld = decide(ana, "warn"), decide(ben, "warn"), decide(cleo, "warn")
    noor = make_user("noor", role="moderator")
    decisions.undo(decisions.find(undone.id), COMMAND_LINE)
    for decision, outcome in ((overturned, "overturned"), (upheld, "upheld")):
        appeals.file(decisions.find(decision.id), "It wasn't me.")
        db.session.commit()
        appeals.answer(appeals.find(decision.id, noor), outcome, "", COMMAND_LINE)
    db.session.commit()
    assert [(line.outcome, line.count) for line in shown()] == [("overturned", 1), ("upheld", 1)]


def test_what_was_lifted_stays(ana):
    decision = decide(ana, "hide_posts", post_ids=[make_post(ana).id])
    decisions.lift(decisions.find(decision.id), COMMAND_LINE)
    db.session.commit()
    assert [line.action for line in shown()] == ["hide_posts"]
