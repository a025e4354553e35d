"""Where hits can be, by buckets of 2 ** BUCKET_BITS ids.

So few rows have an id in one that to sort its hits costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.backends.search.base import SearchQuery
from app.database.cursor import Cursor
from app.lib.search.documents import BUCKET_BITS

Bucket = sa.ColumnElement[int]
# In SQL that must be the same as an index's, a parameter would not be recognized.
BITS: sa.ColumnElement[int] = sa.literal_column(str(BUCKET_BITS), sa.Integer)


@dataclass(frozen=True)
class IdRange:
    """The ids on the cursor's side, in the buckets from `oldest` to `newest` (None: no limit).

    Single rows in those can be outside the period of a search: what was imported has the time at
    which it was written, and the id of today.
    """

    cursor: Cursor
    oldest: Bucket | None = None
    newest: Bucket | None = None

    def where_clause(self, row_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        """The condition that `row_id` is one of them."""
        conditions = [self.cursor.where_clause(row_id)]
        if self.oldest is not None:
            conditions.append(row_id >= self.oldest.op("<<")(BITS))
        if self.newest is not None:
            conditions.append(row_id < (self.newest + 1).op("<<")(BITS))
        return sa.and_(*conditions)


def id_range(query: SearchQuery, table: sa.Table, cursor: Cursor) -> IdRange:
    """The ids among which all hits are."""
    if query.kind != "post":
        return IdRange(cursor)
    oldest = newest = None
    if query.since is not None:
        oldest = _oldest_since(table, table.c.created_at >= query.since)
    if query.until is not None:
        newest = _newest_until(table, table.c.created_at < query.until)
    return IdRange(cursor, oldest, newest)


def newest_bucket(table: sa.Table) -> Bucket:
    """The last bucket of all; 0 when there are no rows."""
    newest = sa.select(sa.func.max(table.c.id).op(">>")(BITS)).scalar_subquery()
    return sa.func.coalesce(newest, 0)


def _oldest_since(table: sa.Table, is_met: sa.ColumnElement[bool]) -> Bucket:
    """The first bucket with a row that meets the condition; the last one, if none has."""
    up = sa.select(sa.cast(0, sa.BigInteger).label("number")).cte("up", recursive=True)
    skipped = sa.select(up.c.number + 1).where(
        up.c.number < newest_bucket(table), ~_rows_of(table, up.c.number).where(is_met).exists()
    )
    up = up.union_all(skipped)
    return sa.select(sa.func.max(up.c.number)).scalar_subquery()


def _newest_until(table: sa.Table, is_met: sa.ColumnElement[bool]) -> Bucket:
    """The last bucket with a row that meets the condition; the first one, if none has."""
    down = sa.select(newest_bucket(table).label("number")).cte("down", recursive=True)
    skipped = sa.select(down.c.number - 1).where(
        down.c.number > 0, ~_rows_of(table, down.c.number).where(is_met).exists()
    )
    down = down.union_all(skipped)
    return sa.select(sa.func.min(down.c.number)).scalar_subquery()


def _rows_of(table: sa.Table, bucket: Bucket) -> sa.Select[int]:
    # A sum, since SQLite compares its index of an expression with no column of integers.
    return sa.select(table.c.id).where(table.c.id.op(">>")(BITS) == bucket + 0)
