"""The seam for search: folded texts go in, ids come out, and nobody's rights are known here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

# `best` chooses among so many of the newest finds: however common a word, its cost has an end.
WINDOW = 500

Kind = Literal["post", "user"]


class SearchError(Exception):
    """The engine cannot be used now. The text is for the log and the owner."""


@dataclass(frozen=True)
class Wanted:
    """What to find: rows with all of `terms` (folded, each a phrase), written in the span."""

    kind: Kind
    terms: tuple[str, ...]
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Document:
    """What is told of a row as of `version`, which only grows. Without a text it is gone."""

    kind: Kind
    id: int
    version: int
    text: str | None = None
    created_at: datetime | None = None


Write = Callable[[Sequence[Document]], None]


class Search(Protocol):
    """An engine. Only one that is told of changes can be away: its methods raise SearchError."""

    # Whether changes must be brought to it; the database sees them by itself.
    is_told: bool
    # Whether the last question went to a substitute.
    is_limited: bool

    def newest(
        self, wanted: Wanted, limit: int, before: int | None, after: int | None
    ) -> list[int]:
        """Ids by id: newest first, or after `after` the nearest first."""

    def best(self, wanted: Wanted) -> list[int]:
        """At most WINDOW ids, the best first, of the newest that are found."""

    def write(self, documents: Sequence[Document]) -> None:
        """Have rows found as the documents say, soon; what a newer one said stays.

        So they may come in any order and repeatedly. Hold no transaction meanwhile.
        """

    def rebuilding(self) -> AbstractContextManager[Write]:
        """A new index beside the one in use, which it replaces at the end of the block.

        All rows must be given to the function, each read within the block.
        """

    def needs_building(self) -> bool:
        """Whether there is no index, and nobody is making one."""
