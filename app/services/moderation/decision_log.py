"""The log of decisions, which a site may show to everyone: by week, without names and words.

It holds weeks that are over. So nobody learns from looking twice what one decision was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa

from app.extensions import db
from app.lib.dates import utcnow
from app.models import Appeal, Decision
from app.models.moderation.decision import Action

WEEK = timedelta(days=7)
WEEKS_SHOWN = 12


@dataclass(frozen=True)
class Line:
    """So many equal decisions of a week. `rule_id` None: none of the rules."""

    action: Action
    rule_id: int | None
    # What came of the appeals against them; None: there was none, or it is not answered.
    outcome: str | None
    count: int


@dataclass(frozen=True)
class Week:
    """What was decided in the week that begins with `monday`, in UTC."""

    monday: date
    lines: Sequence[Line]


@dataclass(frozen=True)
class Weeks:
    """Weeks in which something was decided, the latest first.

    `older` is the Monday before which there are more; None: there are none.
    """

    items: Sequence[Week]
    older: date | None


def this_monday() -> date:
    """The day on which the current week began, in UTC."""
    return monday_of(utcnow())


def monday_of(at: datetime) -> date:
    return at.date() - at.weekday() * timedelta(days=1)


def weeks_before(monday: date) -> Weeks:
    """Up to WEEKS_SHOWN weeks before `monday`, from the last one in which something was decided.

    What moderators have taken back themselves is as if it never was.
    """
    latest = db.session.scalar(_decided(_start_of(monday)).order_by(Decision.id.desc()).limit(1))
    if latest is None:
        return Weeks([], None)
    first = monday_of(latest) - (WEEKS_SHOWN - 1) * WEEK
    facts = (Decision.action, Decision.rule_id, Appeal.outcome)
    rows = _decided(_start_of(monday)).where(Decision.created_at >= _start_of(first))
    counts: dict[date, Counter[tuple[Action, int | None, str | None]]] = {}
    for created_at, *fact in db.session.execute(rows.add_columns(*facts)):
        counts.setdefault(monday_of(created_at), Counter())[tuple(fact)] += 1
    weeks = [
        Week(day, [Line(*fact, count) for fact, count in sorted(lines.items(), key=str)])
        for day, lines in sorted(counts.items(), reverse=True)
    ]
    has_older = db.session.scalar(_decided(_start_of(first)).limit(1)) is not None
    return Weeks(weeks, first if has_older else None)


def _decided(before: datetime) -> sa.Select[datetime]:
    """When the decisions that everybody may know of were made, before this time."""
    has_effect = sa.or_(Decision.undone_at.is_(None), Appeal.outcome == "overturned")
    rows = sa.select(Decision.created_at).outerjoin(Decision.appeal)
    return rows.where(Decision.action != "none", has_effect, Decision.created_at < before)


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
