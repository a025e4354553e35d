"""The default engine: FTS5 or GIN over the column `search_text`, within the transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from app.backends.search.base import WINDOW, Kind, Wanted
from app.extensions import db
from app.lib.search_text import score

REBUILDS = {
    "sqlite": "INSERT INTO {kind}_search({kind}_search) VALUES ('rebuild')",
    "postgresql": "REINDEX INDEX ix_{kind}_search_text",
}


class DatabaseSearch:
    """The index follows the column: by triggers on SQLite, by itself on PostgreSQL."""

    def index(self, kind: Kind, texts: Mapping[int, str]) -> None:
        self._write(kind, sorted(texts.items()))

    def delete(self, kind: Kind, ids: Iterable[int]) -> None:
        self._write(kind, [(row_id, None) for row_id in sorted(ids)])

    def newest(
        self, wanted: Wanted, limit: int, before: int | None, after: int | None
    ) -> list[int]:
        row_id, found = _found(wanted)
        if after is not None:
            found = found.where(row_id > after).order_by(row_id.asc())
        else:
            found = found.where(row_id < before) if before is not None else found
            found = found.order_by(row_id.desc())
        ids = found.with_only_columns(row_id).limit(limit)
        return list(db.session.scalars(ids))

    def best(self, wanted: Wanted) -> list[int]:
        row_id, found = _found(wanted)
        text = _table(wanted.kind).c.search_text
        rows = found.with_only_columns(row_id, text).order_by(row_id.desc()).limit(WINDOW)
        scores = [(score(text or "", wanted.terms), row) for row, text in db.session.execute(rows)]
        return [row for _, row in sorted(scores, reverse=True)]

    def rebuild(self) -> None:
        for kind in ("post", "user"):
            statement = REBUILDS[db.engine.dialect.name].format(kind=kind)
            db.session.execute(sa.text(statement))

    def _write(self, kind: Kind, rows: list[tuple[int, str | None]]) -> None:
        if not rows:
            return
        table = _table(kind)
        change = sa.update(table).where(table.c.id == sa.bindparam("row_id"))
        change = change.values(search_text=sa.bindparam("text"))
        parameters = [{"row_id": row_id, "text": text} for row_id, text in rows]
        db.session.connection().execute(change, parameters)


def _table(kind: Kind) -> sa.Table:
    # By name, since models stand beside this module.
    return db.metadata.tables[kind]


def _found(wanted: Wanted) -> tuple[sa.ColumnElement[int], sa.Select[Any]]:
    """The column that tells rows apart and orders them, and a select of what is found."""
    table, people = _table(wanted.kind), _table("user")
    is_sqlite = db.engine.dialect.name == "sqlite"
    row_id: sa.ColumnElement[int] = table.c.id
    source: sa.FromClause = table
    conditions: list[sa.ColumnElement[bool]] = [people.c.closed_at.is_(None)]
    if wanted.terms and is_sqlite:
        index = sa.table(f"{wanted.kind}_search", sa.column("rowid", sa.Integer))
        row_id = index.c.rowid
        source = index.join(table, table.c.id == row_id)
        conditions.append(sa.literal_column(index.name).op("MATCH")(_fts5(wanted.terms)))
    elif wanted.terms:
        conditions.append(_tsvector(table.c.search_text).op("@@")(_tsquery(wanted.terms)))
    if wanted.kind == "post":
        source = source.join(people, people.c.id == table.c.author_id)
        conditions.append(table.c.deleted_at.is_(None))
    if wanted.since is not None:
        conditions.append(table.c.created_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(table.c.created_at < wanted.until)
    return row_id, sa.select(row_id).select_from(source).where(*conditions)


def _fts5(terms: Iterable[str]) -> str:
    # MATCH is a language; within quotes everything is text.
    return " ".join('"{}"'.format(term.replace('"', '""')) for term in terms)


def _tsvector(text: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.to_tsvector(sa.literal_column("'simple'"), text)


def _tsquery(terms: Iterable[str]) -> sa.ColumnElement[Any]:
    phrases = [sa.func.phraseto_tsquery(sa.literal_column("'simple'"), term) for term in terms]
    query: sa.ColumnElement[Any] = phrases[0]
    for phrase in phrases[1:]:
        query = query.op("&&")(phrase)
    return query
