"""The smallest search engine beside the database: it knows documents, and no rights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from flask import Flask

from app.backends.search import WINDOW, Document, SearchQuery
from app.backends.search.base import Write
from app.database.cursor import Cursor


class MemorySearch:
    """An engine in this process. `asked` lists the cursors of its pages."""

    needs_sync = True
    is_degraded = False

    def __init__(self) -> None:
        self.documents: dict[tuple[str, int], Document] = {}
        self.asked: list[Cursor] = []

    def use_in(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the place that a setting gives to the engine beside the database."""
        monkeypatch.setitem(app.extensions, "elasticsearch", self)

    def search_by_date(self, query: SearchQuery, cursor: Cursor) -> list[int]:
        self.asked.append(cursor)
        ids = self._found(query)
        if cursor.after is not None:
            return [row_id for row_id in ids if row_id > cursor.after][: cursor.limit]
        before = cursor.before
        return [row_id for row_id in reversed(ids) if before is None or row_id < before][
            : cursor.limit
        ]

    def search_by_relevance(self, query: SearchQuery) -> list[int]:
        return self._found(query)[: -WINDOW - 1 : -1]

    def write(self, documents: Sequence[Document]) -> None:
        for document in documents:
            place = (document.kind, document.id)
            old = self.documents.get(place)
            if old is None or old.version < document.version:
                self.documents[place] = document

    @contextmanager
    def rebuild(self) -> Iterator[Write]:
        rebuilt = MemorySearch()
        yield rebuilt.write
        self.documents = rebuilt.documents

    def needs_rebuild(self) -> bool:
        return not self.documents

    def _found(self, query: SearchQuery) -> list[int]:
        """The ids of what has all the terms, rising."""
        return sorted(row_id for (_, row_id), one in self.documents.items() if _has(one, query))


def _has(document: Document, query: SearchQuery) -> bool:
    text = f" {document.text} "
    is_live = document.kind == query.kind and document.text is not None
    return is_live and all(
        f" {term} " in text or (start is not None and f" {start}" in text)
        for term, start in query.parts
    )
