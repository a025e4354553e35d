"""The seam for search: folded text goes in, ids come out. Rights are checked by the caller."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from app.database.cursor import Cursor

# `best` ranks this many of the newest hits, so that its cost is bounded however common a word is.
WINDOW = 500

Kind = Literal["post", "user"]


class SearchError(Exception):
    """The engine cannot be used now. The text is for the log and the operator."""


@dataclass(frozen=True)
class SearchQuery:
    """What to find: rows with all of `terms` (folded, each a phrase), written in the period.

    `viewer_id` says whose own posts may be among them. An engine may leave rights to the caller,
    who checks them again in any case; those that can tell keep such rows from taking up the page.
    """

    kind: Kind
    terms: tuple[str, ...]
    since: datetime | None = None
    until: datetime | None = None
    viewer_id: int | None = None


@dataclass(frozen=True)
class Document:
    """A row as of `version`, which only grows. Without text it is deleted."""

    kind: Kind
    id: int
    version: int
    text: str | None = None
    created_at: datetime | None = None


Write = Callable[[Sequence[Document]], None]


class Search(Protocol):
    """A search engine. Only one that needs syncing can be away: its methods raise SearchError."""

    # Whether changes must be sent to it; the database sees them by itself.
    needs_sync: bool
    # Whether the last query went to a fallback.
    is_degraded: bool

    def newest(self, query: SearchQuery, cursor: Cursor) -> list[int]:
        """A page of ids, by id."""

    def best(self, query: SearchQuery) -> list[int]:
        """At most WINDOW ids, the best match first, among the newest hits."""

    def write(self, documents: Sequence[Document]) -> None:
        """Index the documents soon; an older version never replaces a newer one.

        So they may come in any order and repeatedly. Hold no transaction meanwhile.
        """

    def rebuilding(self) -> AbstractContextManager[Write]:
        """A new index beside the live one, which it replaces at the end of the block.

        All rows must be passed to the function, each read within the block.
        """

    def needs_rebuild(self) -> bool:
        """Whether there is no index, and nobody is building one."""
