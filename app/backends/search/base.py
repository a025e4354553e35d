"""The seam for search: folded texts go in, ids come out, and nobody's rights are known here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

# `best` chooses among so many of the newest finds: however common a word, its cost has an end.
WINDOW = 500

Kind = Literal["post", "user"]


@dataclass(frozen=True)
class Wanted:
    """What to find: rows with all of `terms` (folded, each a phrase), written in the span."""

    kind: Kind
    terms: tuple[str, ...]
    since: datetime | None = None
    until: datetime | None = None


class Search(Protocol):
    """An index. Its changes belong to the caller's transaction, which the caller commits."""

    def index(self, kind: Kind, texts: Mapping[int, str]) -> None:
        """Have the rows found by these folded texts, and no longer by earlier ones."""

    def delete(self, kind: Kind, ids: Iterable[int]) -> None:
        """Have the rows found no more."""

    def newest(
        self, wanted: Wanted, limit: int, before: int | None, after: int | None
    ) -> list[int]:
        """Ids by id: newest first, or after `after` the nearest first."""

    def best(self, wanted: Wanted) -> list[int]:
        """At most WINDOW ids, the best first, of the newest that are found."""

    def rebuild(self) -> None:
        """Make the index anew from the texts it was given."""
