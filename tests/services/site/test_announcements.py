"""Announcements: to whom they are shown, and when."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from app import db
from app.database.cursor import Cursor
from app.lib.dates import utcnow
from app.models import AnnouncementDismissal, AuditEntry, User
from app.services.errors import AnnouncementError
from app.services.site import announcements, site_settings
from app.services.site.audit import COMMAND_LINE
from tests.support.pages import counted_statements

HOUR = timedelta(hours=1)
TEXT = "The server **moves** on Friday."


def announce(text: str = TEXT, *, start: timedelta = -HOUR, end: timedelta | None = HOUR) -> int:
    now = utcnow()
    ends_at = None if end is None else now + end
    made = announcements.create({"en": text}, now + start, ends_at, COMMAND_LINE)
    commit()
    return made.id


def commit() -> None:
    """As the next request sees it."""
    db.session.commit()
    site_settings.refresh_now()


def seen(person: User, locale: str = "en") -> str:
    shown = announcements.shown_to(person, locale)
    return shown.html if shown else ""


def test_without_any_a_page_takes_no_statement(app, ana: User):
    db.session.commit()
    assert ana.id
    with counted_statements() as ran:
        assert seen(ana) == ""
    assert ran == []
    site_settings.count_change()
    commit()
    assert (ana.id, seen(ana)) == (ana.id, "")
    with counted_statements() as ran:
        assert seen(ana) == ""
    assert ran == []


def test_it_is_shown_between_its_start_and_its_end_without_another_change(app, ana: User):
    announce(start=HOUR, end=3 * HOUR)
    now = utcnow()
    for hours, expected in ((0, False), (2, True), (4, False)):
        with time_machine.travel(now + hours * HOUR):
            assert ("<strong>moves</strong>" in seen(ana)) is expected, hours


def test_whoever_dismisses_it_sees_the_next(app, ana: User, ben: User):
    first, second = announce("First."), announce("Second.")
    assert "First." in seen(ana)
    announcements.dismiss(ana, first)
    announcements.dismiss(ana, first)
    assert "Second." in seen(ana) and "First." in seen(ben)
    announcements.dismiss(ana, second)
    announcements.dismiss(ana, 10**9)
    assert seen(ana) == ""
    with counted_statements() as ran:
        seen(ben)
    assert len(ran) == 1


def test_each_reads_it_in_their_language_or_in_that_of_the_site(app, ana: User):
    texts = {"es": "Hola a *todo el mundo*.", "zh": "大家好。", "en": " "}
    announcements.create(texts, utcnow(), None, COMMAND_LINE)
    commit()
    assert "<em>todo el mundo</em>" in seen(ana, "es") and "大家好" in seen(ana, "zh")
    app.config["DEFAULT_LANGUAGE"] = "zh"
    shown = announcements.shown_to(ana, "en")
    assert shown is not None and shown.language == "zh"
    (made,) = announcements.page(Cursor(5))
    assert [text.language for text in made.texts] == ["es", "zh"]


def test_nothing_unsafe_gets_into_a_page(app, ana: User):
    announce("<script>alert(1)</script> [here](javascript:alert(1))")
    assert "<script" not in seen(ana) and 'href="javascript' not in seen(ana)


def test_ending_one_counts_once_and_is_recorded(app, ana: User):
    made = announce(end=None)
    assert announcements.end(made, COMMAND_LINE)
    commit()
    assert seen(ana) == ""
    assert not announcements.end(made, COMMAND_LINE)
    rows = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))
    acts = [(row.action, row.target) for row in rows]
    assert acts == [("add_announcement", f"#{made}"), ("end_announcement", f"#{made}")]
    planned = announce(start=HOUR, end=None)
    assert announcements.end(planned, COMMAND_LINE)
    assert [one.state for one in announcements.page(Cursor(5))] == ["over", "over"]


@pytest.mark.parametrize(
    ("text", "end"), [(" ", HOUR), ("x" * 501, HOUR), ("Hi", -2 * HOUR), ("Hi", timedelta(0))]
)
def test_what_cannot_be_shown_is_refused(app, text, end):
    with pytest.raises(AnnouncementError):
        announce(text, end=end)
    assert announcements.page(Cursor(5)) == []


def test_who_has_read_which_is_forgotten_after_its_end(app, ana: User):
    over, current = announce(), announce(end=None)
    for one in (over, current):
        announcements.dismiss(ana, one)
    assert announcements.purge() == 0
    with time_machine.travel(utcnow() + timedelta(days=2)):
        assert announcements.purge() == 1
    left = db.session.scalars(sa.select(AnnouncementDismissal.announcement_id)).all()
    assert left == [current]
