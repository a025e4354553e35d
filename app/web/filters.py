"""Template filters for times, numbers and languages, in the reader's language and time zone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any

from babel import Locale, UnknownLocaleError, dates
from babel.dates import format_skeleton, format_timedelta, get_datetime_format
from flask import Flask
from flask_babel import (
    format_date,
    format_number,
    format_percent,
    format_time,
    get_locale,
    to_user_timezone,
)
from flask_babel import gettext as _
from markupsafe import Markup

from app.lib import text as texts
from app.lib.dates import utcnow
from app.lib.highlights import highlight, highlight_html
from app.lib.html import words_of
from app.models import User
from app.services.accounts.emails import masked

# Relative times turn into dates after this.
RELATIVE_WITHIN = timedelta(days=7)
LONG_TIMES_KEPT = 10_000
UNIT_SECONDS = (86_400, 3_600, 60)


def relative_time(at: datetime) -> str:
    """`just now`, `5 minutes ago`; after a week the date, without the current year."""
    now = utcnow()
    locale = get_locale() or Locale("en")
    if now - at >= RELATIVE_WITHIN:
        local = to_user_timezone(at)
        if local.year == current_year():
            return format_skeleton("MMMd", local, locale=locale)
        return str(format_date(local, "medium", rebase=False))
    unit, units = relative_step(at)
    # Also for a skewed clock, which must not date a post in the future.
    if not unit:
        return str(_("just now"))
    # Whole units only, so that no hour has 60 minutes.
    past = -timedelta(seconds=units * unit)
    return str(format_timedelta(past, threshold=1, add_direction=True, locale=locale))


def relative_step(at: datetime) -> tuple[int, int]:
    """What `relative_time` tells of `at`, as two numbers that change when its words do.

    Its words also depend on the language, the time zone and the reader's current year.
    """
    age = utcnow() - at
    if age >= RELATIVE_WITHIN:
        return 0, RELATIVE_WITHIN.days
    seconds = int(age.total_seconds())
    unit = next((unit for unit in UNIT_SECONDS if seconds >= unit), 0)
    return unit, seconds // unit if unit else 0


def current_year() -> int:
    """The year of the reader, who may be ahead of us."""
    year: int = to_user_timezone(utcnow()).year
    return year


def long_time(at: datetime) -> str:
    """The long date and the time to the minute: `21 November 2026, 09:14`."""
    # Without its zone: one moment is equal in all zones, and would be written the same.
    minute = to_user_timezone(at).replace(second=0, microsecond=0, tzinfo=None)
    return _long_time(minute, get_locale() or Locale("en"))


# Lists show the same times again and again; to write one takes as long as a whole line of a list.
@lru_cache(maxsize=LONG_TIMES_KEPT)
def _long_time(local: datetime, locale: Locale) -> str:
    day = dates.format_date(local, "long", locale=locale)
    time = dates.format_time(local, "short", locale=locale)
    joined = str(get_datetime_format("medium", locale=locale))
    return joined.replace("{1}", day).replace("{0}", time)


def long_date(at: datetime) -> str:
    """The date alone: the exact time of somebody's last visit is private."""
    return str(format_date(to_user_timezone(at), "long", rebase=False))


def day_alone(day: date) -> str:
    """A date that is the same in every time zone: `November 23, 2026`."""
    return str(format_date(day, "long", rebase=False))


def clock_time(at: datetime) -> str:
    """The time to the minute, where the day is known: `9:14 AM`."""
    return str(format_time(to_user_timezone(at), "short", rebase=False))


def day_name(at: datetime) -> str:
    """`Today`, `Yesterday`, or the day of the week and the date, without the current year."""
    day, today = _day_of(at), _day_of(utcnow())
    if day == today:
        return str(_("Today"))
    if day == today - timedelta(days=1):
        return str(_("Yesterday"))
    skeleton = "MMMEd" if day.year == today.year else "yMMMEd"
    return format_skeleton(skeleton, to_user_timezone(at), locale=get_locale() or Locale("en"))


def iso_day(at: datetime) -> str:
    return _day_of(at).isoformat()


def by_day(rows: Iterable[Any]) -> Iterator[list[Any]]:
    """Ordered rows in groups that were created on one day of the reader."""
    for _day, group in groupby(rows, key=lambda row: _day_of(row.created_at)):
        yield list(group)


def _day_of(at: datetime) -> date:
    local: datetime = to_user_timezone(at)
    return local.date()


def month_year(at: datetime) -> str:
    locale = get_locale() or Locale("en")
    return format_skeleton("yMMMM", to_user_timezone(at), locale=locale)


def iso_time(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def language_name(code: str) -> str:
    """The name of the language `code`, in the language of the page."""
    try:
        return Locale.parse(code).get_display_name(get_locale()) or code
    except (UnknownLocaleError, ValueError):
        return code


def marked(text: str, terms: Collection[str]) -> Markup:
    """Plain text with the folded `terms` marked, and everything else escaped."""
    return Markup(highlight(text, terms))  # noqa: S704 (highlight escapes the text)


def marked_html(html: str, terms: Collection[str]) -> Markup:
    """A post's sanitized HTML with the folded `terms` marked in its text."""
    return Markup(highlight_html(html, terms))  # noqa: S704 (sanitized when it was stored)


def direction(text: str) -> str:
    """The `dir` of a text or of a post's HTML."""
    return texts.direction(words_of(text) if isinstance(text, Markup) else text)


def name_to_others(person: User | None) -> str:
    """What others read where they know somebody who may have left, or be suspended for now."""
    if person is None or person.closed_at is not None:
        return str(_("Former member"))
    return person.name if person.is_present else str(_("Suspended member"))


FILTERS = (
    direction,
    texts.excerpt,
    long_time,
    long_date,
    month_year,
    clock_time,
    day_alone,
    day_name,
    iso_day,
    by_day,
    iso_time,
    language_name,
    marked,
    marked_html,
    name_to_others,
)


def init_app(app: Flask) -> None:
    for function in FILTERS:
        app.jinja_env.filters[function.__name__] = function
    app.jinja_env.filters["masked_address"] = masked
    app.jinja_env.filters["number"] = format_number
    app.jinja_env.filters["percent"] = format_percent
