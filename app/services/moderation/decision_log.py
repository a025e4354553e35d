"""The log of decisions, which a site may show to everyone: without names, words and days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from app.database.cursor import Cursor
from app.extensions import db
from app.models import Appeal, Decision
from app.models.moderation.decision import Action


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


def page(cursor: Cursor) -> list[Decision]:
    """A page of the decisions with their appeals, the latest first.

    What moderators have taken back themselves is as if it never was.
    """
    has_effect = sa.or_(Decision.undone_at.is_(None), Appeal.outcome == "overturned")
    rows = sa.select(Decision).outerjoin(Decision.appeal).options(contains_eager(Decision.appeal))
    rows = rows.where(Decision.action != "none", has_effect)
    return list(db.session.scalars(cursor.apply(rows, Decision.id)))


def by_week(decisions: Iterable[Decision]) -> list[Week]:
    """The decisions of each week, the latest week first.

    Equal ones are counted, and in no order that would tell which came first.
    """
    counts: dict[date, Counter[tuple[Action, int | None, str | None]]] = {}
    for one in decisions:
        day = one.created_at.date()
        monday = day - timedelta(days=day.weekday())
        outcome = one.appeal.outcome if one.appeal else None
        counts.setdefault(monday, Counter())[one.action, one.rule_id, outcome] += 1
    return [
        Week(monday, [Line(*key, count) for key, count in sorted(lines.items(), key=str)])
        for monday, lines in counts.items()
    ]
