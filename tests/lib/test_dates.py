"""The clock and the list of time zones."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from app.lib.dates import is_time_zone, time_zones, utcnow, zone_named


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
