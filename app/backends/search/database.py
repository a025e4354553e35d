"""The default engine: FTS5 or GIN over the column `search_text`, within the transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from app.backends.search import gin
from app.backends.search.base import WINDOW, Document, SearchQuery, Write
from app.backends.search.buckets import id_range
from app.backends.search.rows import live, table_of
from app.database.cursor import Cursor
from app.extensions import db

REBUILDS = {
    "sqlite": "INSERT INTO {kind}_search({kind}_search) VALUES ('rebuild')",
    "postgresql": "REINDEX INDEX ix_{kind}_search_text",
}


class DatabaseSearch:
    """The index follows the column: by triggers on SQLite, automatically on PostgreSQL."""

    needs_sync = False
    is_degraded = False

    def search_by_date(self, query: SearchQuery, cursor: Cursor) -> list[int]:
        rows = db.session.execute(_page_query(query, cursor))
        return sorted((row.id for row in rows), reverse=not cursor.is_forward)

    def search_by_relevance(self, query: SearchQuery) -> list[int]:
        rows = db.session.execute(_page_query(query, Cursor(WINDOW)))
        scores = [(query.score(row.search_text or ""), row.id) for row in rows]
        return [row_id for _, row_id in sorted(scores, reverse=True)]

    def write(self, documents: Sequence[Document]) -> None:
        """Nothing to do: the rows themselves are searched."""

    @contextmanager
    def rebuild(self) -> Iterator[Write]:
        yield self.write
        for kind in ("post", "user"):
            statement = REBUILDS[db.engine.dialect.name].format(kind=kind)
            db.session.execute(sa.text(statement))

    def needs_rebuild(self) -> bool:
        return False


def _page_query(query: SearchQuery, cursor: Cursor) -> sa.Select[Any]:
    """The ids and texts of the page, in one statement."""
    table = table_of(query.kind)
    ids = id_range(query, table, cursor)
    if query.terms and db.engine.dialect.name == "postgresql":
        return gin.page_of(query, ids)
    rows = live(table, query)
    row_id: sa.ColumnElement[int] = table.c.id
    if query.terms:
        index = sa.table(f"{query.kind}_search", sa.column("rowid", sa.Integer))
        match = sa.literal_column(index.name).op("MATCH")(_fts5(query))
        # FTS5 scans its rows by id, so that for a common word it stops at the end of the page.
        rows = rows.join(index, index.c.rowid == table.c.id).where(match)
        row_id = index.c.rowid
    rows = rows.where(ids.where_clause(row_id)).order_by(cursor.order(row_id))
    return rows.limit(cursor.limit)


def _fts5(query: SearchQuery) -> str:
    # MATCH has a syntax of its own; within quotes everything is text.
    either = (
        _quoted(term) if start is None else f"({_quoted(term)} OR {_quoted(start)} *)"
        for term, start in query.parts
    )
    return " AND ".join(either)


def _quoted(term: str) -> str:
    return '"{}"'.format(term.replace('"', '""'))
