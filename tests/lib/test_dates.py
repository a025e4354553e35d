"""The clock and the list of time zones."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from app.lib.dates import (
    comes_twice,
    is_time_zone,
    local_to_utc,
    time_zones,
    utcnow,
    zone_named,
)


def test_now_is_aware_and_in_utc():
    assert utcnow().tzinfo is UTC


def test_the_list_is_sorted_and_every_zone_works():
    zones = time_zones()
    assert zones == sorted(zones)
    assert len(zones) > 300
    assert all(ZoneInfo(name).key == name for name in zones)


def test_changing_the_list_does_not_change_the_next_one():
    time_zones().clear()
    assert "Europe/Madrid" in time_zones()


@pytest.mark.parametrize("name", ["Europe/Madrid", "UTC", "Asia/Shanghai", "America/Lima"])
def test_a_city_is_a_time_zone(name):
    assert is_time_zone(name)


@pytest.mark.parametrize(
    "name",
    ["", "Etc/GMT+3", "US/Eastern", "europe/madrid", "../etc/passwd", "Europe", "\x00", "EST"],
)
def test_an_oddity_is_no_time_zone(name):
    assert not is_time_zone(name)


@pytest.mark.parametrize("name", [None, "", "Mars/Olympus", "../etc/passwd", "Europe"])
def test_a_zone_that_is_not_known_here_is_utc(name):
    assert zone_named(name).key == "UTC"
    assert zone_named("Asia/Tokyo").key == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("zone", "day", "at", "moment"),
    [
        ("Europe/Madrid", (2027, 1, 15), (10, 0), (2027, 1, 15, 9, 0)),
        ("Europe/Madrid", (2027, 7, 15), (10, 0), (2027, 7, 15, 8, 0)),
        # Put forward from two to three, and back from three to two.
        ("Europe/Madrid", (2027, 3, 28), (2, 30), None),
        ("Europe/Madrid", (2027, 10, 31), (2, 30), (2027, 10, 31, 0, 30)),
        ("America/New_York", (2027, 3, 14), (2, 30), None),
        ("America/New_York", (2027, 11, 7), (1, 30), (2027, 11, 7, 5, 30)),
        # By half an hour only.
        ("Australia/Lord_Howe", (2027, 10, 3), (2, 15), None),
        ("Australia/Lord_Howe", (2027, 4, 4), (1, 45), (2027, 4, 3, 14, 45)),
        ("UTC", (2027, 3, 28), (2, 30), (2027, 3, 28, 2, 30)),
    ],
)
def test_what_clocks_show_becomes_a_moment(zone, day, at, moment):
    found = local_to_utc(date(*day), time(*at), ZoneInfo(zone))
    assert found == (datetime(*moment, tzinfo=UTC) if moment else None)


@pytest.mark.parametrize(
    ("zone", "moment", "is_twice"),
    [
        ("Europe/Madrid", (2027, 10, 31, 0, 30), True),
        ("Europe/Madrid", (2027, 10, 31, 2, 30), False),
        ("America/New_York", (2027, 11, 7, 5, 30), True),
        ("Australia/Lord_Howe", (2027, 4, 3, 14, 45), True),
        ("UTC", (2027, 10, 31, 0, 30), False),
    ],
)
def test_clocks_that_are_put_back_show_a_time_twice(zone, moment, is_twice):
    assert comes_twice(datetime(*moment, tzinfo=UTC), ZoneInfo(zone)) is is_twice
