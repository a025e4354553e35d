"""The HTML pages of an archive: an index, one page per month, and a search in the browser."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from flask import current_app
from flask_babel import force_locale

from app.lib.dates import utcnow
from app.lib.feeds import absolute_links
from app.lib.html import words_of
from app.lib.identicons import identicon
from app.lib.stylesheets import join_stylesheets
from app.lib.text import direction
from app.models import User
from app.services.data.exports.zip import ZipWriter

ITEMS_PER_PAGE = 500
ITEMS_PER_SEARCH_FILE = 5000
NEWEST_SHOWN = 20
STYLESHEETS = ("site.css", "archive.css")
SCRIPT = "archive/search.js"


@dataclass(frozen=True, slots=True)
class ArchiveItem:
    """One of the "posts" or "messages"; a message is `to` a username (None: account erased).

    `html` is the stored, safe HTML.
    """

    kind: str
    id: int
    body: str
    html: str
    at: datetime
    title: str | None = None
    note: str | None = None
    language: str | None = None
    edited_at: datetime | None = None
    to: str | None = None

    @property
    def anchor(self) -> str:
        return f"{self.kind}-{self.id}"


class LocalItem(NamedTuple):
    """An item, its time in the author's time zone, and the words of its HTML."""

    item: ArchiveItem
    at: datetime
    words: str


class Entry(NamedTuple):
    """What a page shows of an item. Not a dict, in which templates look things up slowly."""

    anchor: str
    iso: str
    time: str
    title: str | None
    note: str | None
    html: str
    direction: str
    language: str | None
    is_edited: bool
    to: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """A finished page: its path in the archive, its title and its number of items."""

    path: str
    year: int
    title: str
    count: int


class ArchivePages:
    """Writes the pages from items in chronological order, with about one page in memory."""

    def __init__(self, user: User, zipped: ZipWriter) -> None:
        config = current_app.config
        is_ours = user.language in config["LANGUAGES"]
        language = str(user.language if is_ours else config["DEFAULT_LANGUAGE"])
        self._zip = zipped
        self._language = language
        self._zone = ZoneInfo(user.time_zone or "UTC")
        locale = Locale.parse(language)
        # Formatting a day takes longer than the rest, and it repeats with each post of that day.
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
        self._part_counts: Counter[str] = Counter()
        self._newest: deque[LocalItem] = deque(maxlen=NEWEST_SHOWN)
        self._search_entries: list[tuple[str, str, str]] = []
        self._parts = 0

    def add(self, items: Iterable[ArchiveItem]) -> None:
        """Add items; all of one kind must be consecutive."""
        for item in items:
            local = LocalItem(item, item.at.astimezone(self._zone), words_of(item.html))
            if self._open and not self._has_room_for(local):
                self._end_page()
            self._open.append(local)
            if item.kind == "posts":
                self._newest.append(local)

    def finish(self) -> None:
        """Write the index, the style sheets, the scripts and the last search file."""
        self._end_page()
        self._end_search_file()
        static = Path(current_app.root_path) / "static"
        self._zip.add("style/site.css", join_stylesheets(static))
        for name in ("archive.css", "search.js"):
            self._zip.add(f"style/{name}", (static / "archive" / name).read_bytes())
        self._zip.add("style/avatar.svg", self._avatar)
        newest = list(self._days(reversed(self._newest)))
        years = {
            kind: [
                (year, list(months)) for year, months in groupby(reversed(pages), lambda p: p.year)
            ]
            for kind, pages in self._pages.items()
        }
        page = self._render("index", root="", newest=newest, years=years, parts=self._parts)
        self._zip.add("index.html", page)

    def _has_room_for(self, local: LocalItem) -> bool:
        at, first = local.at, self._open[0]
        is_same_month = at.year == first.at.year and at.month == first.at.month
        is_same_kind = local.item.kind == first.item.kind
        return is_same_kind and is_same_month and len(self._open) < ITEMS_PER_PAGE

    def _end_page(self) -> None:
        if not self._open:
            return
        first, at, _words = self._open[0]
        month = f"{first.kind}/{at:%Y-%m}"
        self._part_counts[month] += 1
        part = self._part_counts[month]
        path = f"{month}.html" if part == 1 else f"{month}-{part}.html"
        title = format_skeleton("yMMMM", at, locale=self._locale)
        title += f" ({part})" if part > 1 else ""
        html = self._render(
            "month", root="../", kind=first.kind, title=title, days=self._days(self._open)
        )
        self._zip.add(path, html)
        self._pages[first.kind].append(Page(path, at.year, title, len(self._open)))
        for item, at, words in self._open:
            text = "\n".join(part for part in (item.note, item.title, words) if part)
            entry = (f"{path}#{item.anchor}", self._day_of(at.date()), text)
            self._search_entries.append(entry)
        self._open = []
        if len(self._search_entries) >= ITEMS_PER_SEARCH_FILE:
            self._end_search_file()

    def _end_search_file(self) -> None:
        """Write a script with the search data: from file:// a page cannot load anything else."""
        if self._search_entries:
            self._parts += 1
            entries = json.dumps(self._search_entries, ensure_ascii=False, separators=(",", ":"))
            self._zip.add(f"search/{self._parts}.js", f"archivePart({entries});\n")
            self._search_entries = []

    def _days(self, items: Iterable[LocalItem]) -> Iterator[tuple[str, list[Entry]]]:
        """What the page shows of the items by day, with each day formatted."""
        for day, group in groupby(items, lambda local: local.at.date()):
            yield self._day_of(day), [self._entry_of(*local) for local in group]

    def _entry_of(self, item: ArchiveItem, at: datetime, words: str) -> Entry:
        return Entry(
            anchor=item.anchor,
            iso=at.isoformat(timespec="seconds"),
            time=self._time_of(time(at.hour, at.minute)),
            title=item.title,
            note=item.note,
            html=absolute_links(item.html, str(self._facts["site_url"])),
            direction=direction(words),
            language=item.language,
            is_edited=item.edited_at is not None,
            to=item.to,
        )

    def _render(self, name: str, **values: Any) -> str:
        with force_locale(self._language):
            template = current_app.jinja_env.get_template(f"data/exports/archive/{name}.html")
            return template.render(**self._facts, **values)
