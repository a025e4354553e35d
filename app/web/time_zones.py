"""The time zones to choose from: by continent, with cities in the reader's language."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import get_timezone_location
from flask_babel import get_locale
from flask_babel import gettext as _

from app.lib.dates import time_zones, utcnow

# The number of a continent in CLDR, by the first part of an IANA name.
CONTINENTS = {
    "Africa": "002",
    "America": "019",
    "Antarctica": "AQ",
    "Arctic": "150",
    "Asia": "142",
    "Australia": "009",
    "Europe": "150",
    "Pacific": "009",
}
Choices = dict[str, list[tuple[str, str]]]


def time_zone_choices(current: str) -> Choices:
    """Zones and labels such as `Auckland (GMT+13)` by continent, always with `current`."""
    language = str(get_locale() or "en")
    choices: Choices = {"UTC": [("UTC", "UTC")]}
    for zone, label in _labels(language, utcnow().date()):
        choices.setdefault(_group(zone, language), []).append((zone, label))
    if not any(zone == current for zones in choices.values() for zone, _label in zones):
        # Another name of a city that is listed, or one that this machine does not know any more.
        choices["UTC"].append((current, current.replace("_", " ")))
    return choices


def _group(zone: str, language: str) -> str:
    area = zone.partition("/")[0]
    if area == "Atlantic":
        return str(_("Atlantic Ocean"))
    if area == "Indian":
        return str(_("Indian Ocean"))
    return str(Locale.parse(language).territories[CONTINENTS[area]])


@lru_cache(maxsize=16)
def _labels(language: str, day: date) -> list[tuple[str, str]]:
    """Zones with their labels, by offset. Offsets are those of `day`, since clocks change."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    rows = []
    for zone in _one_per_city():
        offset = noon.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
        minutes = int(offset.total_seconds() // 60)
        rows.append(
            (CONTINENTS.get(zone.split("/")[0], zone), minutes, _city(zone, language), zone)
        )
    return [(zone, f"{city} ({_offset(minutes)})") for _area, minutes, city, zone in sorted(rows)]


@lru_cache(maxsize=1)
def _one_per_city() -> list[str]:
    """Without other names of the same zone, such as Asia/Calcutta for Asia/Kolkata."""
    found: dict[str, str] = {}
    for zone in time_zones():
        city = _city(zone, "en")
        is_named_so = zone.rpartition("/")[2].replace("_", " ") == city
        if zone != "UTC" and (city not in found or is_named_so):
            found[city] = zone
    return list(found.values())


def _city(zone: str, language: str) -> str:
    return get_timezone_location(zone, locale=language, return_city=True).rpartition("/")[2]


def _offset(minutes: int) -> str:
    if not minutes:
        return "GMT"
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes > 0 else "\N{MINUS SIGN}"
    return f"GMT{sign}{hours}" + (f":{rest:02}" if rest else "")
