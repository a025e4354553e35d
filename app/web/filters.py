"""How templates write times, numbers and languages, in the reader's language and zone."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from babel import Locale, UnknownLocaleError
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
from markupsafe import Markup

from app.lib.dates import utcnow
from app.lib.highlights import highlight, highlight_html

# Relative times turn into dates after this.
RELATIVE_WITHIN = timedelta(days=7)
UNIT_SECONDS = (86_400, 3_600, 60)


def relative_time(moment: datetime) -> str:
    """`5 minutes ago`, `3 hours ago`; after a week the date, without the year if it is this one."""
    now = utcnow()
    age = now - moment
    locale = get_locale() or Locale("en")
    if age >= RELATIVE_WITHIN:
        local = to_user_timezone(moment)
        if local.year == to_user_timezone(now).year:
            return format_skeleton("MMMd", local, locale=locale)
        return str(format_date(local, "medium", rebase=False))
    # A clock that runs ahead must not make a post come from the future.
    seconds = max(int(age.total_seconds()), 60)
    unit = next(unit for unit in UNIT_SECONDS if seconds >= unit)
    # Whole units only, so that no hour has 60 minutes.
    past = -timedelta(seconds=seconds // unit * unit)
    return str(format_timedelta(past, threshold=1, add_direction=True, locale=locale))


def long_time(moment: datetime) -> str:
    """The day in words and the time to the minute: `21 November 2026, 09:14`."""
    local = to_user_timezone(moment)
    locale = get_locale() or Locale("en")
    day = format_date(local, "long", rebase=False)
    time = format_time(local, "short", rebase=False)
    joined = str(get_datetime_format("medium", locale=locale))
    return joined.replace("{1}", day).replace("{0}", time)


def long_date(moment: datetime) -> str:
    """The day alone: when exactly somebody was here is nobody's business."""
    return str(format_date(to_user_timezone(moment), "long", rebase=False))


def month_year(moment: datetime) -> str:
    locale = get_locale() or Locale("en")
    return format_skeleton("yMMMM", to_user_timezone(moment), locale=locale)


def iso_time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def language_name(code: str) -> str:
    """What the page's language calls the language `code`."""
    try:
        return Locale.parse(code).get_display_name(get_locale()) or code
    except (UnknownLocaleError, ValueError):
        return code


def marked(text: str, terms: Collection[str]) -> Markup:
    """Plain text with the folded `terms` in it marked; the rest is escaped as ever."""
    return Markup(highlight(text, terms))  # noqa: S704 (it escapes what it does not write)


def marked_html(html: str, terms: Collection[str]) -> Markup:
    """A post's cleaned HTML with the folded `terms` marked in its text."""
    return Markup(highlight_html(html, terms))  # noqa: S704 (cleaned when it was stored)


FILTERS = (
    long_time,
    long_date,
    month_year,
    iso_time,
    language_name,
    marked,
    marked_html,
)


def init_app(app: Flask) -> None:
    for function in FILTERS:
        app.jinja_env.filters[function.__name__] = function
    app.jinja_env.filters["number"] = format_number
    app.jinja_env.filters["percent"] = format_percent
