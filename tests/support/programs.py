"""Which tests start programs: those carry a marker, and one without it that does so fails."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

# What brings its marker to every test that asks for it.
FIXTURES = {
    "certificate": "server",
    "chromium": "browser",
    "elasticsearch_server": "server",
    "live_server": "server",
    "own_s3_server": "server",
    "postgresql": "server",
    "s3_server": "server",
    "shared_redis": "server",
}
STARTS = {"subprocess.Popen", "os.posix_spawn", "os.spawn", "os.exec", "os.system"}
_forbidden: list[str] = []


def pytest_configure() -> None:
    # A hook of this kind cannot be removed again; it sees every way to start a program.
    sys.addaudithook(_watch)


def _watch(event: str, details: tuple[Any, ...]) -> None:
    if _forbidden and event in STARTS:
        what = f"{_forbidden[-1]} starts {details[0]!r}"
        pytest.fail(f"{what} and is not marked as `server` or `browser`", pytrace=False)


@contextmanager
def programs_allowed() -> Iterator[None]:
    """For what starts because of a setting, whichever test comes first."""
    before = _forbidden[:]
    _forbidden.clear()
    try:
        yield
    finally:
        _forbidden[:] = before


def pytest_itemcollected(item: pytest.Item) -> None:
    names = getattr(item, "fixturenames", ())
    for marker in {FIXTURES[name] for name in names if name in FIXTURES}:
        item.add_marker(marker)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    is_marked = any(item.get_closest_marker(name) for name in ("browser", "server"))
    if not is_marked:
        _forbidden.append(item.nodeid)
    try:
        return (yield)
    finally:
        _forbidden.clear()
