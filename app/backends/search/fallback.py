"""An engine that may be unavailable, with the database as its fallback."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from app.backends.search.base import Document, Search, SearchError, SearchQuery, Write
from app.database.cursor import Cursor


class FallbackSearch:
    """Queries fall back to the second engine; writes go to the first one only."""

    needs_sync = True

    def __init__(self, primary: Search, fallback: Search) -> None:
        self.primary = primary
        self.fallback = fallback
        self.is_degraded = False

    def search_by_date(self, query: SearchQuery, cursor: Cursor) -> list[int]:
        return self._try(lambda engine: engine.search_by_date(query, cursor))

    def search_by_relevance(self, query: SearchQuery) -> list[int]:
        return self._try(lambda engine: engine.search_by_relevance(query))

    def write(self, documents: Sequence[Document]) -> None:
        self.primary.write(documents)

    def rebuild(self) -> AbstractContextManager[Write]:
        return self.primary.rebuild()

    def needs_rebuild(self) -> bool:
        return self.primary.needs_rebuild()

    def _try(self, run: Callable[[Search], list[int]]) -> list[int]:
        try:
            ids = run(self.primary)
        except SearchError:
            # The engine has already logged it.
            ids = run(self.fallback)
            self.is_degraded = True
        else:
            self.is_degraded = False
        return ids
