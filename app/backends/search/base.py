"""The seam for search: folded text in, ids out. The caller checks permissions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

import sqlalchemy as sa

from app.database.cursor import Cursor
from app.lib.search.documents import name_start
from app.lib.search.ranking import score, score_person

# `best` ranks this many of the newest hits, which limits its cost for common words.
WINDOW = 500

Kind = Literal["post", "user"]


class SearchError(Exception):
    """The engine is unavailable. The text is for the log and the operator."""


@dataclass(frozen=True)
class SearchQuery:
    """A search for rows with all of `terms` (folded, each a phrase), created in the period.

    People are also hits by how their names begin; engines take both from `parts`. Posts that are
    not public are hits in searches of their own author alone: `viewer_id` is theirs, who seeks
    among what they wrote. `is_hidden` is the condition that a person, given by the column of their
    id, is kept from the viewer. An engine may leave permissions to the caller, who checks them
    anyway; filtering early only keeps pages full.
    """

    kind: Kind
    terms: tuple[str, ...]
    since: datetime | None = None
    until: datetime | None = None
    viewer_id: int | None = None
    is_hidden: Callable[[sa.ColumnElement[int]], sa.ColumnElement[bool]] | None = field(
        default=None, compare=False
    )

    @property
    def parts(self) -> tuple[tuple[str, str | None], ...]:
        """Each term, and for people the keys of a name that begins so, which are a hit too."""
        is_person = self.kind == "user"
        return tuple((term, name_start(term) if is_person else None) for term in self.terms)

    def score(self, text: str) -> float:
        """How well a hit with this text matches."""
        return (score_person if self.kind == "user" else score)(text, self.terms)


@dataclass(frozen=True)
class Document:
    """A row as of `version`, which only grows. Without a text it is deleted."""

    kind: Kind
    id: int
    version: int
    text: str | None = None
    created_at: datetime | None = None


Write = Callable[[Sequence[Document]], None]


class Search(Protocol):
    """A search engine. Only one that needs syncing can be unavailable and raise SearchError."""

    # Whether changes must be sent to it; the database is always up to date.
    needs_sync: bool
    # Whether the last query went to a fallback.
    is_degraded: bool

    def search_by_date(self, query: SearchQuery, cursor: Cursor) -> list[int]:
        """A page of ids, in the order of the cursor."""

    def search_by_relevance(self, query: SearchQuery) -> list[int]:
        """At most WINDOW ids, the best match first, among the newest hits."""

    def write(self, documents: Sequence[Document]) -> None:
        """Index the documents; an older version never replaces a newer one.

        So calls may come in any order and repeatedly. Hold no transaction meanwhile.
        """

    def rebuild(self) -> AbstractContextManager[Write]:
        """Build a new index, which replaces the live one at the end of the block.

        All rows must be passed to the function, each read within the block.
        """

    def needs_rebuild(self) -> bool:
        """Whether the index is missing and nobody is building it."""
