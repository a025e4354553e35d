"""The clock, and the time zones that users can choose."""

from datetime import UTC, date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

# Etc/GMT+3 means UTC-3, and US/Eastern is an alias: neither helps somebody looking for a city.
_AREAS = {
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
}


def utcnow() -> datetime:
    """Return the current time as an aware datetime in UTC, with microseconds."""
    return datetime.now(UTC)


def time_zones() -> list[str]:
    """Return the IANA names that users can choose, sorted: "UTC" and every "Area/City"."""
    return list(_sorted_zones())


def is_time_zone(name: str) -> bool:
    """Return whether `name` is one of `time_zones()`, spelled exactly like it."""
    return name in _zone_set()


def zone_named(name: str | None) -> ZoneInfo:
    """Return the zone with this IANA name; UTC without one, or if this machine does not know it."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def local_to_utc(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """Return when clocks in `zone` show this, in UTC; the first time, if they do twice that day.

    None if they never do, since they are put forward then.
    """
    local = datetime.combine(day, at, zone)
    moment = local.astimezone(UTC)
    is_shown = moment.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None)
    return moment if is_shown else None


def comes_twice(moment: datetime, zone: ZoneInfo) -> bool:
    """Return whether clocks in `zone` show the time of `moment` a second time that day."""
    local = moment.astimezone(zone)
    return local.utcoffset() != local.replace(fold=1).utcoffset()


@cache
def _sorted_zones() -> tuple[str, ...]:
    return tuple(sorted(_zone_set()))


@cache
def _zone_set() -> frozenset[str]:
    cities = {name for name in available_timezones() if name.split("/")[0] in _AREAS}
    return frozenset(cities | {"UTC"})
