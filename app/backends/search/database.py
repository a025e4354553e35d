"""The default engine: FTS5 or GIN over the column `search_text`, within the transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.backends.search.base import WINDOW, Document, Kind, Wanted, Write
from app.extensions import db
from app.lib.search import score

REBUILDS = {
    "sqlite": "INSERT INTO {kind}_search({kind}_search) VALUES ('rebuild')",
    "postgresql": "REINDEX INDEX ix_{kind}_search_text",
}


# On PostgreSQL so many rows are read before the index is asked: what a common word needs.
READ_MIN = 2000
READ_FACTOR = 8


@dataclass(frozen=True)
class Place:
    """Which rows a page has: `limit` of them, before or after an id."""

    limit: int
    before: int | None
    after: int | None

    def of(
        self,
        rows: sa.Select[Any],
        row_id: sa.ColumnElement[int],
        by: sa.ColumnElement[int] | None = None,
    ) -> sa.Select[Any]:
        by = row_id if by is None else by
        if self.after is not None:
            rows = rows.where(row_id > self.after).order_by(by.asc())
        else:
            rows = rows.where(row_id < self.before) if self.before is not None else rows
            rows = rows.order_by(by.desc())
        return rows.limit(self.limit)


class DatabaseSearch:
    """The index follows the column: by triggers on SQLite, by itself on PostgreSQL."""

    is_told = False
    is_limited = False

    def newest(
        self, wanted: Wanted, limit: int, before: int | None, after: int | None
    ) -> list[int]:
        rows = db.session.execute(_finding(wanted, limit, before, after))
        return sorted((row.id for row in rows), reverse=after is None)

    def best(self, wanted: Wanted) -> list[int]:
        rows = db.session.execute(_finding(wanted, WINDOW, None, None))
        scores = [(score(row.search_text or "", wanted.terms), row.id) for row in rows]
        return [row_id for _, row_id in sorted(scores, reverse=True)]

    def write(self, documents: Sequence[Document]) -> None:
        """Nothing to do: the rows themselves are what is found."""

    @contextmanager
    def rebuilding(self) -> Iterator[Write]:
        yield self.write
        for kind in ("post", "user"):
            statement = REBUILDS[db.engine.dialect.name].format(kind=kind)
            db.session.execute(sa.text(statement))

    def needs_building(self) -> bool:
        return False


def _table(kind: Kind) -> sa.Table:
    # By name, since models stand beside this module.
    return db.metadata.tables[kind]


def _finding(
    wanted: Wanted, limit: int, before: int | None, after: int | None
) -> sa.Select[Any] | sa.CompoundSelect[Any]:
    """The ids and texts of the `limit` rows nearest to the cursor, in one statement."""
    table = _table(wanted.kind)
    place = Place(limit, before, after)
    if not wanted.terms:
        return place.of(_live(table, wanted), table.c.id)
    if db.engine.dialect.name == "sqlite":
        index = sa.table(f"{wanted.kind}_search", sa.column("rowid", sa.Integer))
        rows = _live(table, wanted).join(index, index.c.rowid == table.c.id)
        match = sa.literal_column(index.name).op("MATCH")(_fts5(wanted.terms))
        # FTS5 walks its rows by id, so that a common word is read no further than the page.
        return place.of(rows.where(match), index.c.rowid)
    return _near_or_far(wanted, place)


def _near_or_far(wanted: Wanted, place: Place) -> sa.CompoundSelect[Any]:
    """A common word is found among the nearest rows, which are read; only others use the index.

    GIN knows no order: it would fetch every post with "the". Left alone, the planner walks all
    posts by id when it takes rare words for common ones.
    """
    table = _table(wanted.kind)
    read = Place(max(READ_MIN, place.limit * READ_FACTOR), place.before, place.after)
    nearest = read.of(sa.select(table), table.c.id).subquery("nearest")
    near = place.of(
        _live(nearest, wanted).where(*_has_all(nearest.c.search_text, wanted.terms)), nearest.c.id
    ).cte("near")
    is_full = sa.select(sa.func.count()).select_from(near).scalar_subquery() >= place.limit
    matches = _tsvector(table.c.search_text).op("@@")(_tsquery(wanted.terms))
    found = _live(table, wanted).where(matches, *_has_all(table.c.search_text, wanted.terms))
    # No index has this order, so the one for the words is taken.
    far = place.of(found.where(sa.not_(is_full)), table.c.id, by=table.c.id + 0)
    return sa.union_all(sa.select(near).where(is_full), sa.select(far.subquery("far")))


def _live(source: sa.FromClause, wanted: Wanted) -> sa.Select[Any]:
    """Rows of `source` that are there for everybody, in the wanted span of time."""
    rows = sa.select(source.c.id, source.c.search_text).select_from(source)
    if wanted.kind == "post":
        people = _table("user")
        rows = rows.join(people, people.c.id == source.c.author_id)
        rows = rows.where(source.c.deleted_at.is_(None), people.c.closed_at.is_(None))
    else:
        rows = rows.where(source.c.closed_at.is_(None))
    if wanted.since is not None:
        rows = rows.where(source.c.created_at >= wanted.since)
    if wanted.until is not None:
        rows = rows.where(source.c.created_at < wanted.until)
    return rows


def _fts5(terms: Iterable[str]) -> str:
    # MATCH is a language; within quotes everything is text.
    return " ".join('"{}"'.format(term.replace('"', '""')) for term in terms)


def _tsvector(text: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.to_tsvector(sa.literal_column("'simple'"), text)


def _tsquery(terms: Iterable[str]) -> sa.ColumnElement[Any]:
    # All words; whether they stand side by side is told by the text, which is read faster than
    # PostgreSQL would parse it anew.
    return sa.func.plainto_tsquery(sa.literal_column("'simple'"), " ".join(terms))


def _has_all(text: sa.ColumnElement[Any], terms: Iterable[str]) -> list[sa.ColumnElement[bool]]:
    padded = sa.literal(" ") + text + sa.literal(" ")
    return [sa.func.strpos(padded, f" {term} ") > 0 for term in terms]
