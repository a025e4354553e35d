"""Search on PostgreSQL: GIN over the words of a row, its pairs of words and the key of its bucket.

GIN has no order: asked for a common word, it would fetch every post that has it. So a search walks
from bucket to bucket, the nearest first, until the page is full. Nor has it places: for a phrase it
would fetch every post with all the words, so each pair of neighbors has a key of its own: a hash,
since there are far more pairs than words.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.backends.search.base import SearchQuery
from app.backends.search.buckets import Bucket, IdRange, newest_bucket
from app.backends.search.rows import live, table_of
from app.lib.search.documents import BUCKET_BITS, bucket_key

SIMPLE: sa.ColumnElement[str] = sa.literal_column("'simple'")
# This many rows are read before the index is used: enough for a common word.
READ_MIN = 2000
READ_FACTOR = 8


def page_of(query: SearchQuery, ids: IdRange) -> sa.Select[Any]:
    """The ids and texts of the page, in one statement."""
    table = table_of(query.kind)
    found = sa.select(sa.func.unnest(_walk(query, table, ids)))
    return sa.select(table.c.id, table.c.search_text).where(table.c.id.in_(found))


def _walk(query: SearchQuery, table: sa.Table, ids: IdRange) -> sa.ScalarSelect[Any]:
    """An array of the ids of the page.

    A recursion: each row has the next bucket, and the ids found so far. The last one has them all.
    """
    cursor = ids.cursor
    step = 1 if cursor.is_forward else -1
    near = sa.select(sa.func.array(_near(query, table, ids)).label("ids")).cte("near")
    is_full = sa.func.cardinality(near.c.ids) >= cursor.limit
    none: sa.ColumnElement[Any] = sa.literal_column("'{}'::bigint[]")
    start = sa.select(
        sa.cast(_first_bucket(table, ids), sa.BigInteger).label("bucket"),
        sa.case((is_full, near.c.ids), else_=none).label("ids"),
    )
    walk = start.cte("walk", recursive=True)
    wanted = cursor.limit - sa.func.cardinality(walk.c.ids)
    hits = _hits_in(walk.c.bucket, query, table, ids).limit(wanted)
    more = sa.select(
        walk.c.bucket + step, walk.c.ids.op("||")(sa.func.array(hits.scalar_subquery()))
    ).where(wanted > 0, _is_in_range(walk.c.bucket, table, ids))
    walk = walk.union_all(more)
    last = walk.c.bucket.desc() if cursor.is_forward else walk.c.bucket.asc()
    return sa.select(walk.c.ids).order_by(last).limit(1).scalar_subquery()


def _first_bucket(table: sa.Table, ids: IdRange) -> Bucket:
    cursor, newest = ids.cursor, newest_bucket(table)
    if cursor.after is not None:
        return sa.func.greatest(cursor.after >> BUCKET_BITS, *_known(ids.oldest))
    if cursor.before is not None:
        newest = sa.func.least(newest, cursor.before >> BUCKET_BITS)
    return sa.func.least(newest, *_known(ids.newest))


def _is_in_range(bucket: Bucket, table: sa.Table, ids: IdRange) -> sa.ColumnElement[bool]:
    if ids.cursor.is_forward:
        return bucket <= sa.func.least(newest_bucket(table), *_known(ids.newest))
    return bucket >= sa.func.greatest(0, *_known(ids.oldest))


def _known(bucket: Bucket | None) -> list[Bucket]:
    return [] if bucket is None else [bucket]


def _near(query: SearchQuery, table: sa.Table, ids: IdRange) -> sa.ScalarSelect[Any]:
    """The hits among the nearest rows, by reading those."""
    cursor = ids.cursor
    rows = sa.select(table).where(ids.where_clause(table.c.id)).order_by(cursor.order(table.c.id))
    nearest = rows.limit(max(READ_MIN, cursor.limit * READ_FACTOR)).subquery("nearest")
    found = live(nearest, query).where(*_has_all(nearest.c.search_text, query))
    found = found.with_only_columns(nearest.c.id).order_by(cursor.order(nearest.c.id))
    return found.limit(cursor.limit).scalar_subquery()


def _hits_in(
    bucket: Bucket,
    query: SearchQuery,
    table: sa.Table,
    ids: IdRange,
) -> sa.Select[Any]:
    """The hits in a bucket, by the index."""
    key = sa.literal(bucket_key("")).op("||")(sa.cast(bucket, sa.Text))
    sought = [sa.func.plainto_tsquery(SIMPLE, key), *_sought(query)]
    vector = _vector(table)
    # One condition for each, since GIN skips from hit to hit of those that are apart.
    matches = [vector.op("@@")(part) for part in sought]
    # No index has this order, so the planner uses the one for the words.
    row_id = table.c.id + 0
    rows = live(table, query).with_only_columns(table.c.id)
    rows = rows.where(*matches, *_has_all(table.c.search_text, query), ids.where_clause(row_id))
    return rows.order_by(ids.cursor.order(row_id))


def _vector(table: sa.Table) -> sa.ColumnElement[Any]:
    """What is indexed of a row; written as in the index, since parameters would not match it."""
    name = f'"{table.name}"'
    words = f"{name}.search_text || ' {bucket_key('')}' || ({name}.id >> {BUCKET_BITS})::text"
    if table.name == "post":
        words += f" || ' ' || word_pairs({name}.search_text)"
    return sa.func.to_tsvector(SIMPLE, sa.literal_column(f"({words})"))


def _sought(query: SearchQuery) -> list[sa.ColumnElement[Any]]:
    if query.kind == "post":
        return [
            sa.func.plainto_tsquery(SIMPLE, sa.func.word_pairs(term) if " " in term else term)
            for term in query.terms
        ]
    return [
        sa.func.plainto_tsquery(SIMPLE, term).op("||")(sa.func.to_tsquery(SIMPLE, _starts(start)))
        for term, start in query.parts
        if start is not None
    ]


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
