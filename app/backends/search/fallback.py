"""An engine that may be away, and the database, which answers in its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from app.backends.search.base import Document, Search, SearchError, Wanted, Write


class SteadySearch:
    """Questions always get an answer; what is told goes to the first engine alone."""

    is_told = True

    def __init__(self, first: Search, substitute: Search) -> None:
        self.first = first
        self.substitute = substitute
        self.is_limited = False

    def newest(
        self, wanted: Wanted, limit: int, before: int | None, after: int | None
    ) -> list[int]:
        return self._ask(lambda engine: engine.newest(wanted, limit, before, after))

    def best(self, wanted: Wanted) -> list[int]:
        return self._ask(lambda engine: engine.best(wanted))

    def write(self, documents: Sequence[Document]) -> None:
        self.first.write(documents)

    def rebuilding(self) -> AbstractContextManager[Write]:
        return self.first.rebuilding()

    def needs_building(self) -> bool:
        return self.first.needs_building()

    def _ask(self, question: Callable[[Search], list[int]]) -> list[int]:
        try:
            found = question(self.first)
        except SearchError:
            # The engine has written into the log why.
            found = question(self.substitute)
            self.is_limited = True
        else:
            self.is_limited = False
        return found
