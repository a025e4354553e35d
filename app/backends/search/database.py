"""The default engine: FTS5 or GIN over the column `search_text`, within the transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from typing import Any

import sqlalchemy as sa

from app.backends.search.base import WINDOW, Document, Kind, SearchQuery, Write
from app.database.cursor import Cursor
from app.extensions import db

REBUILDS = {
    "sqlite": "INSERT INTO {kind}_search({kind}_search) VALUES ('rebuild')",
    "postgresql": "REINDEX INDEX ix_{kind}_search_text",
}

SIMPLE: sa.ColumnElement[str] = sa.literal_column("'simple'")
# On PostgreSQL this many rows are read before the index is used: enough for a common word.
READ_MIN = 2000
READ_FACTOR = 8


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


def _table(kind: Kind) -> sa.Table:
    # By name, since this module may not import models, which are on the same layer.
    return db.metadata.tables[kind]


def _page_query(query: SearchQuery, cursor: Cursor) -> sa.Select[Any] | sa.CompoundSelect[Any]:
    """The ids and texts of the page, in one statement."""
    table = _table(query.kind)
    if not query.terms:
        return cursor.apply(_live(table, query), table.c.id)
    if db.engine.dialect.name == "sqlite":
        index = sa.table(f"{query.kind}_search", sa.column("rowid", sa.Integer))
        rows = _live(table, query).join(index, index.c.rowid == table.c.id)
        match = sa.literal_column(index.name).op("MATCH")(_fts5(query))
        # FTS5 scans its rows by id, so that for a common word it stops at the end of the page.
        return cursor.apply(rows.where(match), index.c.rowid)
    return _near_or_far(query, cursor)


def _near_or_far(query: SearchQuery, cursor: Cursor) -> sa.CompoundSelect[Any]:
    """Scan the nearest rows first, which is enough for common words; else use the index.

    GIN has no order: it would fetch every post with "the". Left alone, the planner scans all
    posts by id when it mistakes rare words for common ones.
    """
    table = _table(query.kind)
    read = cursor.with_limit(max(READ_MIN, cursor.limit * READ_FACTOR))
    nearest = read.apply(sa.select(table), table.c.id).subquery("nearest")
    near = cursor.apply(
        _live(nearest, query).where(*_has_all(nearest.c.search_text, query)), nearest.c.id
    ).cte("near")
    is_full = sa.select(sa.func.count()).select_from(near).scalar_subquery() >= cursor.limit
    matches = _tsvector(table.c.search_text).op("@@")(_tsquery(query))
    rows = _live(table, query).where(matches, *_has_all(table.c.search_text, query))
    # No index has this order, so the planner uses the one for the words.
    far = cursor.apply(rows.where(sa.not_(is_full)), table.c.id, order_by=table.c.id + 0)
    return sa.union_all(sa.select(near).where(is_full), sa.select(far.subquery("far")))


def _live(source: sa.FromClause, query: SearchQuery) -> sa.Select[Any]:
    """Rows of `source` that are not deleted, in the period of the query."""
    rows = sa.select(source.c.id, source.c.search_text).select_from(source)
    if query.kind == "post":
        people = _table("user")
        rows = rows.join(people, people.c.id == source.c.author_id)
        rows = rows.where(source.c.deleted_at.is_(None), people.c.closed_at.is_(None))
        is_open = source.c.visibility == "public"
        if query.viewer_id is not None:
            is_open = sa.or_(is_open, source.c.author_id == query.viewer_id)
        rows = rows.where(is_open)
    else:
        rows = rows.where(source.c.closed_at.is_(None))
    if query.since is not None:
        rows = rows.where(source.c.created_at >= query.since)
    if query.until is not None:
        rows = rows.where(source.c.created_at < query.until)
    return rows


def _fts5(query: SearchQuery) -> str:
    # MATCH has a syntax of its own; within quotes everything is text.
    either = (
        _quoted(term) if start is None else f"({_quoted(term)} OR {_quoted(start)} *)"
        for term, start in query.parts
    )
    return " AND ".join(either)


def _quoted(term: str) -> str:
    return '"{}"'.format(term.replace('"', '""'))


def _tsvector(text: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.to_tsvector(SIMPLE, text)


def _tsquery(query: SearchQuery) -> sa.ColumnElement[Any]:
    # All words; phrases are checked in the text, since reading it is faster than having PostgreSQL
    # parse it again.
    if query.kind == "post":
        return sa.func.plainto_tsquery(SIMPLE, " ".join(query.terms))
    either = [
        sa.func.plainto_tsquery(SIMPLE, term).op("||")(sa.func.to_tsquery(SIMPLE, _starts(start)))
        for term, start in query.parts
        if start is not None
    ]
    return reduce(lambda all_before, part: all_before.op("&&")(part), either)


def _starts(start: str) -> str:
    # Folded text has no quotes, and within them everything is text.
    *words, last = start.split()
    return " & ".join([*(f"'{word}'" for word in words), f"'{last}':*"])


def _has_all(text: sa.ColumnElement[Any], query: SearchQuery) -> list[sa.ColumnElement[bool]]:
    padded = sa.literal(" ") + text + sa.literal(" ")
    return [
        sa.or_(
            *(
                sa.func.strpos(padded, part) > 0
                for part in (f" {term} ", start and f" {start}")
                if part
            )
        )
        for term, start in query.parts
    ]
