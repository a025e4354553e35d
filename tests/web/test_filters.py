"""Times and languages as pages write them, in the reader's zone and language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import g
from flask_babel import force_locale

from app.lib.dates import utcnow
from app.models import User
from app.web import filters

MOMENT = datetime(2026, 3, 1, 23, 30, 5, tzinfo=UTC)

WRITTEN = {
    ("en", "UTC"): ("March 1, 2026", "March 2026", "11:30"),
    ("en", "Asia/Shanghai"): ("March 2, 2026", "March 2026", "7:30"),
    ("es", "Europe/Madrid"): ("2 de marzo de 2026", "marzo de 2026", "0:30"),
    ("zh", "Asia/Shanghai"): ("2026年3月2日", "2026年3月", "07:30"),
}


@pytest.mark.parametrize(("reader", "words"), WRITTEN.items())
def test_dates_are_in_the_readers_language_and_zone(app, reader, words):
    with app.test_request_context():
        g._login_user = User(username="ana", language=reader[0], time_zone=reader[1])
        assert filters.long_date(MOMENT) == words[0]
        assert filters.month_year(MOMENT) == words[1]
        assert words[0] in filters.long_time(MOMENT)
        assert words[2] in filters.long_time(MOMENT)


@pytest.mark.parametrize("language", ["en", "es", "zh"])
def test_a_date_never_tells_the_time_of_day(app, language):
    with app.test_request_context():
        g._login_user = User(username="ana", language=language)
        for written in (filters.long_date(MOMENT), filters.month_year(MOMENT)):
            assert ":" not in written
            assert "23" not in written
            assert "30" not in written


AGES = {
    timedelta(hours=-1): "just now",
    timedelta(0): "just now",
    timedelta(seconds=59): "just now",
    timedelta(minutes=4, seconds=20): "4 minutes ago",
    timedelta(minutes=59, seconds=50): "59 minutes ago",
    timedelta(hours=1): "1 hour ago",
    timedelta(hours=3, minutes=50): "3 hours ago",
    timedelta(days=1): "1 day ago",
    timedelta(days=6, hours=23): "6 days ago",
}


@pytest.mark.parametrize(("age", "words"), AGES.items())
def test_a_recent_time_is_its_age_in_whole_units(app, age, words):
    with app.test_request_context():
        assert filters.relative_time(utcnow() - age) == words


@pytest.mark.parametrize(
    ("locale", "now", "words"),
    [
        ("en", datetime(2026, 12, 31, 23, tzinfo=UTC), "Mar 1"),
        ("es", datetime(2026, 12, 31, 23, tzinfo=UTC), "1 mar"),
        ("zh", datetime(2026, 12, 31, 23, tzinfo=UTC), "3月1日"),
        ("en", datetime(2027, 1, 1, tzinfo=UTC), "Mar 1, 2026"),
    ],
)
def test_a_date_of_this_year_goes_without_the_year(app, monkeypatch, locale, now, words):
    monkeypatch.setattr(filters, "utcnow", lambda: now)
    with app.test_request_context(), force_locale(locale):
        assert filters.relative_time(MOMENT) == words


@pytest.mark.parametrize(("zone", "words"), [(None, "Mar 1, 2026"), ("Asia/Tokyo", "Mar 2, 2026")])
def test_what_is_old_has_a_date_in_the_readers_zone(app, monkeypatch, zone, words):
    monkeypatch.setattr(filters, "utcnow", lambda: datetime(2027, 6, 1, tzinfo=UTC))
    with app.test_request_context():
        g._login_user = User(username="ana", time_zone=zone)
        assert filters.relative_time(MOMENT) == words


def test_scripts_get_the_exact_time(app):
    assert filters.iso_time(MOMENT) == "2026-03-01T23:30:05+00:00"


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("en", "English"),
        ("zh", "Chinese"),
        ("xx", "xx"),
        ("not a code", "not a code"),
        ("la", "Latin"),
    ],
)
def test_languages_have_names_and_unknown_ones_their_code(app, code, name):
    with app.test_request_context():
        assert filters.language_name(code) == name


@pytest.mark.parametrize("zone", ["Nowhere/City", "", "UTC+3", "../etc/passwd"])
def test_an_unknown_zone_is_as_good_as_none(app, zone):
    with app.test_request_context():
        g._login_user = User(username="ana", time_zone=zone)
        assert filters.long_date(MOMENT) == "March 1, 2026"


DAYS = {
    ("en", "UTC"): ("Sun, Mar 1", "11:30 PM"),
    ("en", "Asia/Shanghai"): ("Mon, Mar 2", "7:30 AM"),
    ("es", "Europe/Madrid"): ("lun, 2 mar", "0:30"),
    ("zh", "Asia/Shanghai"): ("3月2日周一", "07:30"),
}


@pytest.mark.parametrize(("reader", "words"), DAYS.items())
def test_a_day_and_an_hour_are_those_of_the_reader(app, monkeypatch, reader, words):
    monkeypatch.setattr(filters, "utcnow", lambda: MOMENT + timedelta(days=30))
    with app.test_request_context():
        g._login_user = User(username="ana", language=reader[0], time_zone=reader[1])
        assert filters.day_name(MOMENT) == words[0]
        assert filters.clock_time(MOMENT).replace("\u202f", " ") == words[1]


def test_the_last_two_days_have_names_and_other_years_their_number(app, monkeypatch):
    with app.test_request_context():
        for age, name in ((0, "Today"), (1, "Yesterday"), (2, "Sun, Mar 1")):
            now = MOMENT + timedelta(days=age)
            monkeypatch.setattr(filters, "utcnow", lambda now=now: now)
            assert filters.day_name(MOMENT) == name
        monkeypatch.setattr(filters, "utcnow", lambda: MOMENT + timedelta(days=400))
        assert filters.day_name(MOMENT) == "Sun, Mar 1, 2026"
