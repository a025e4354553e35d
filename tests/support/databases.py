"""Which database the tests run on: SQLite, where everybody starts, or PostgreSQL when asked."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

WANTED = "MICROBLOG_TESTS_DATABASE"
KINDS = ("sqlite", "postgresql")
_urls: dict[Path, str] = {}
_makers: list[Callable[[], str]] = []


def wanted_kind() -> str:
    kind = os.environ.get(WANTED) or KINDS[0]
    if kind not in KINDS:
        raise ValueError(f"{WANTED}: not {kind!r} but {' or '.join(KINDS)}")
    return kind


def tried_kinds() -> tuple[str, ...]:
    """What tests about every database try: all of them, or the one that was asked for."""
    return (wanted_kind(),) if os.environ.get(WANTED) else KINDS


def make_with(maker: Callable[[], str]) -> None:
    """From now on sites that name no database get one from `maker`, not a file."""
    _makers[:] = [maker]


def url_for(folder: Path) -> str:
    """The address of the database of the site in `folder`, the same at every call."""
    if folder not in _urls:
        _urls[folder] = _makers[0]() if _makers else sqlite_in(folder)
    return _urls[folder]


def sqlite_in(folder: Path) -> str:
    return f"sqlite:///{folder}/app.db"
