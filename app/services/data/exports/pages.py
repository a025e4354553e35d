"""The part of an archive that people read: a page a month, a first page, and what finds words."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from flask import current_app
from flask_babel import force_locale

from app.lib.dates import utcnow
from app.lib.feeds import absolute_links
from app.lib.identicons import identicon
from app.lib.stylesheets import join_stylesheets
from app.models import User
from app.services.data.exports.zip import ZipWriter

ITEMS_PER_PAGE = 500
ITEMS_PER_SEARCH_FILE = 5000
NEWEST_SHOWN = 20
STYLESHEETS = ("site.css", "archive.css")
SCRIPT = "archive/search.js"


@dataclass(frozen=True, slots=True)
class ArchiveItem:
    """One of the "posts" or "messages"; a message is `to` somebody (None: they left).

    `html` is safe, as it was stored.
    """

    kind: str
    id: int
    body: str
    html: str
    at: datetime
    title: str | None = None
    language: str | None = None
    edited_at: datetime | None = None
    to: str | None = None

    @property
    def anchor(self) -> str:
        return f"{self.kind}-{self.id}"


# Something written, and when that was where its author lives.
LocalItem = tuple[ArchiveItem, datetime]


@dataclass(frozen=True, slots=True)
class Page:
    """A finished page: its path in the archive, what it is called, how many it shows."""

    path: str
    year: int
    title: str
    count: int


class ArchivePages:
    """Takes what somebody wrote in the order of time; holds about a page of it at once."""

    def __init__(self, user: User, zipped: ZipWriter) -> None:
        config = current_app.config
        language = user.language if user.language in config["LANGUAGES"] else "en"
        self._zip = zipped
        self._language = language
        self._zone = ZoneInfo(user.time_zone or "UTC")
        locale = Locale.parse(language)
        # A day comes again with each post of it, and writing it out takes longer than the rest.
        self._day_of = cache(lambda day: format_date(day, "long", locale))
        self._time_of = cache(lambda minute: format_time(minute, "short", locale=locale))
        self._locale = locale
        self._facts = {
            "language": language,
            "theme": user.theme,
            "name": user.name,
            "username": user.username,
            "about_me": user.about_me,
            "posts_count": user.posts_count,
            "site_name": config["SITE_NAME"],
            "site_url": config["BASE_URL"],
            "styles": STYLESHEETS,
            "made_on": self._day_of(utcnow().astimezone(self._zone).date()),
        }
        self._avatar = identicon(user.avatar_seed)
        self._open: list[LocalItem] = []
        self._pages: dict[str, list[Page]] = {"posts": [], "messages": []}
        self._used: Counter[str] = Counter()
        self._newest: deque[LocalItem] = deque(maxlen=NEWEST_SHOWN)
        self._findable: list[tuple[str, str, str]] = []
        self._parts = 0

    def add(self, written: Iterable[ArchiveItem]) -> None:
        """Show more; all of one kind come one after the other."""
        for one in written:
            placed = (one, one.at.astimezone(self._zone))
            if self._open and not self._has_room_for(placed):
                self._end_page()
            self._open.append(placed)
            if one.kind == "posts":
                self._newest.append(placed)

    def finish(self) -> None:
        """Write the first page, how everything looks and what is searched."""
        self._end_page()
        self._end_findable()
        static = Path(current_app.root_path) / "static"
        self._zip.add("style/site.css", join_stylesheets(static))
        for name in ("archive.css", "search.js"):
            self._zip.add(f"style/{name}", (static / "archive" / name).read_bytes())
        self._zip.add("style/avatar.svg", self._avatar)
        newest = list(self._days(reversed(self._newest)))
        years = {
            kind: [
                (year, list(found)) for year, found in groupby(reversed(pages), lambda p: p.year)
            ]
            for kind, pages in self._pages.items()
        }
        page = self._render("index", root="", newest=newest, years=years, parts=self._parts)
        self._zip.add("index.html", page)

    def _has_room_for(self, placed: LocalItem) -> bool:
        (one, at), (first, first_at) = placed, self._open[0]
        is_same_shelf = (one.kind, at.year, at.month) == (first.kind, first_at.year, first_at.month)
        return is_same_shelf and len(self._open) < ITEMS_PER_PAGE

    def _end_page(self) -> None:
        if not self._open:
            return
        first, at = self._open[0]
        shelf = f"{first.kind}/{at:%Y-%m}"
        self._used[shelf] += 1
        part = self._used[shelf]
        path = f"{shelf}.html" if part == 1 else f"{shelf}-{part}.html"
        title = format_skeleton("yMMMM", at, locale=self._locale)
        title += f" ({part})" if part > 1 else ""
        html = self._render(
            "month", root="../", kind=first.kind, title=title, days=self._days(self._open)
        )
        self._zip.add(path, html)
        self._pages[first.kind].append(Page(path, at.year, title, len(self._open)))
        for one, at in self._open:
            words = f"{one.title}\n{one.body}" if one.title else one.body
            self._findable.append((f"{path}#{one.anchor}", self._day_of(at.date()), words))
        self._open = []
        if len(self._findable) >= ITEMS_PER_SEARCH_FILE:
            self._end_findable()

    def _end_findable(self) -> None:
        """Write a script with what can be found: a page opened as a file may load nothing else."""
        if self._findable:
            self._parts += 1
            entries = json.dumps(self._findable, ensure_ascii=False, separators=(",", ":"))
            self._zip.add(f"search/{self._parts}.js", f"archivePart({entries});\n")
            self._findable = []

    def _days(self, placed: Iterable[LocalItem]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """What each day had, the days in words."""
        for day, written in groupby(placed, lambda one: one[1].date()):
            yield self._day_of(day), [self._shown(*one) for one in written]

    def _shown(self, one: ArchiveItem, at: datetime) -> dict[str, Any]:
        return {
            "anchor": one.anchor,
            "iso": at.isoformat(timespec="seconds"),
            "time": self._time_of(time(at.hour, at.minute)),
            "title": one.title,
            "html": absolute_links(one.html, str(self._facts["site_url"])),
            "language": one.language,
            "is_edited": one.edited_at is not None,
            "to": one.to,
        }

    def _render(self, name: str, **values: Any) -> str:
        with force_locale(self._language):
            template = current_app.jinja_env.get_template(f"data/exports/archive/{name}.html")
            return template.render(**self._facts, **values)
