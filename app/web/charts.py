"""Charts of daily figures, in words and shapes, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from babel import Locale
from babel.dates import format_skeleton
from flask_babel import LazyString, format_number, get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.lib import charts
from app.services.site.figures import Series

WEEK = 7
# Of so much, a week is about as much as the one before.
ABOUT_PERCENT = 2
# How many days are named below a chart.
NAMED_DAYS = 4

NOTHING = _l("Nothing has been counted yet.")


@dataclass(frozen=True)
class ChartWords:
    """What a kind of figure is called, and what its table says: of a week."""

    title: LazyString
    of_a_week: LazyString


WORDS = {
    "active": ChartWords(_l("Active people a day"), _l("People, on average")),
    "posts": ChartWords(_l("Posts a day"), _l("Posts")),
    "members": ChartWords(_l("Members"), _l("Members")),
    "new_members": ChartWords(_l("New members a day"), _l("New members")),
    "reports": ChartWords(_l("Reports a day"), _l("Reports")),
}


@dataclass(frozen=True)
class Chart:
    """What the template draws; without a `value`, nothing has been counted yet."""

    name: str
    title: str
    value: str
    note: str
    period: str
    description: str
    scale: charts.Scale
    line: str
    area: str
    bars: str
    last_bar: str
    axis: Sequence[str]
    column: str
    weeks: Sequence[tuple[str, str]]


def chart_of(series: Series) -> Chart:
    """The chart of these figures; what grows or lasts is a line, what happens is bars."""
    kind, values, words = series.kind, series.values, WORDS[series.kind.name]
    is_line = kind.grows or kind.is_level
    scale = (charts.scale_around if kind.is_level else charts.scale_from_zero)(values)
    last = len(values) - 1
    before_last = [*values[:last], None]
    only_last = [*[None] * last, values[last]]
    return Chart(
        name=kind.name,
        title=str(words.title),
        value=_latest(series),
        note=_note(series),
        period=_("%(since)s to %(until)s", since=_day(series.days[0]), until=_day(series.days[-1])),
        description=_description(series, scale),
        scale=scale,
        line=charts.line(values, scale) if is_line else "",
        area=charts.area(values, scale) if is_line else "",
        bars="" if is_line else charts.bars(before_last, scale),
        last_bar="" if is_line else charts.bars(only_last, scale),
        axis=[_short_day(series.days[last * n // (NAMED_DAYS - 1)]) for n in range(NAMED_DAYS)],
        column=str(words.of_a_week),
        weeks=_weeks(series),
    )


def _known(values: Sequence[int | None]) -> list[int]:
    return [value for value in values if value is not None]


def _latest(series: Series) -> str:
    known = _known(series.values)
    return str(format_number(known[-1])) if known else ""


def _note(series: Series) -> str:
    """Of which day the latest figure is, and how that compares with before."""
    known = [(day, v) for day, v in zip(series.days, series.values, strict=True) if v is not None]
    if not known:
        return str(NOTHING)
    (first_day, first), (last_day, last) = known[0], known[-1]
    if series.kind.is_level:
        comparison = _growth(last - first, (last_day - first_day).days)
    else:
        comparison = _comparison(series.values)
    on_day = _("on %(day)s", day=_day(last_day))
    return f"{on_day} · {comparison}" if comparison else str(on_day)


def _growth(difference: int, days: int) -> str:
    if not difference:
        return ""
    number = format_number(abs(difference))
    more = ngettext(
        "%(number)s more than %(num)s day before",
        "%(number)s more than %(num)s days before",
        days,
        number=number,
    )
    fewer = ngettext(
        "%(number)s fewer than %(num)s day before",
        "%(number)s fewer than %(num)s days before",
        days,
        number=number,
    )
    return str(more if difference > 0 else fewer)


def _comparison(values: Sequence[int | None]) -> str:
    """The last week beside the one before; nothing where one of them is not complete."""
    recent, earlier = _known(values[-WEEK:]), _known(values[-2 * WEEK : -WEEK])
    if len(recent) < WEEK or len(earlier) < WEEK or not sum(earlier):
        return ""
    percent = round(100 * (sum(recent) - sum(earlier)) / sum(earlier))
    if abs(percent) <= ABOUT_PERCENT:
        return str(_("last 7 days: about as many as before"))
    text = (
        _("last 7 days: %(percent)s%% more than before", percent=percent)
        if percent > 0
        else _("last 7 days: %(percent)s%% fewer than before", percent=-percent)
    )
    return str(text)


def _description(series: Series, scale: charts.Scale) -> str:
    known = _known(series.values)
    if not known:
        return str(NOTHING)
    if series.kind.is_level:
        first, last = format_number(known[0]), format_number(known[-1])
        text = _("From %(first)s to %(last)s.", first=first, last=last)
    else:
        most = max(known)
        text = _(
            "Between %(low)s and %(high)s a day; most on %(day)s.",
            low=format_number(min(known)),
            high=format_number(most),
            day=_day(series.days[list(series.values).index(most)]),
        )
    if not scale.low:
        return str(text)
    begins = _("The axis begins at %(low)s.", low=format_number(scale.low))
    return f"{text} {begins}"


def _weeks(series: Series) -> list[tuple[str, str]]:
    """A row of the table for each week: its first day, and its sum, mean or end."""
    rows = []
    for start in range(0, len(series.days), WEEK):
        known = _known(series.values[start : start + WEEK])
        if not known:
            continue
        if series.kind.is_level:
            value = known[-1]
        else:
            value = round(sum(known) / len(known)) if series.kind.grows else sum(known)
        rows.append((_day(series.days[start]), format_number(value)))
    return rows


def _day(day: date) -> str:
    return str(format_skeleton("MMMMd", day, locale=get_locale() or Locale("en")))


def _short_day(day: date) -> str:
    return str(format_skeleton("MMMd", day, locale=get_locale() or Locale("en")))
