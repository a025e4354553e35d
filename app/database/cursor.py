"""Keyset pagination: a page starts at an id, so it stays stable while rows are added."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

import sqlalchemy as sa

from app.extensions import db

AnySelect = TypeVar("AnySelect", bound=sa.Select[*tuple[Any, ...]])
Id = sa.SQLColumnExpression[int]
OwnerId = sa.SQLColumnExpression[int] | sa.SQLColumnExpression[int | None]
# The largest id that the databases can hold.
ID_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Cursor:
    """`limit` rows nearest to an id: the newest before `before`, or the oldest after `after`.

    Without an id, the newest rows. `after` takes precedence over `before`.
    """

    limit: int
    before: int | None = None
    after: int | None = None

    @classmethod
    def of_parameters(cls, has_before: bool, has_after: bool) -> Cursor:
        """A cursor for a statement that is built once, and run with the `values` of others."""
        limit = cast("int", sa.bindparam("limit", type_=sa.Integer))
        before, after = (
            cast("int", sa.bindparam(name, type_=sa.BigInteger)) if has_one else None
            for name, has_one in (("before", has_before), ("after", has_after))
        )
        return cls(limit, before, after)

    @property
    def values(self) -> dict[str, int | None]:
        return {"limit": self.limit, "before": self.before, "after": self.after}

    @property
    def is_forward(self) -> bool:
        """Whether rows come oldest first, as they do after an id."""
        return self.after is not None

    def with_limit(self, limit: int) -> Cursor:
        return replace(self, limit=limit)

    def beyond(self, row_id: int) -> Cursor:
        """The cursor of the page that follows one ending with `row_id`."""
        return replace(self, **{"after" if self.is_forward else "before": row_id})

    def where_clause(self, row_id: Id) -> sa.ColumnElement[bool]:
        """The condition that rows are on the cursor's side of the id."""
        if self.after is not None:
            return row_id > self.after
        return row_id < self.before if self.before is not None else sa.true()

    def order(self, row_id: Id) -> sa.UnaryExpression[int]:
        return row_id.asc() if self.is_forward else row_id.desc()

    def apply(self, rows: AnySelect, row_id: Id, order_by: Id | None = None) -> AnySelect:
        """The page of `rows`. `order_by` keeps a planner from using the index of the id."""
        if self.before is not None or self.after is not None:
            rows = rows.where(self.where_clause(row_id))
        by = row_id if order_by is None else order_by
        return rows.order_by(self.order(by)).limit(self.limit)

    def along(self, rows: AnySelect, owner: OwnerId, owner_id: int, row_id: Id) -> AnySelect:
        """The page of the `rows` of one owner, along an index of (owner, id).

        On PostgreSQL by a range of that index, since it may walk everybody's rows by their ids.
        """
        if db.engine.dialect.name == "sqlite":
            return self.apply(rows.where(owner == owner_id), row_id)
        rows = rows.where(owner.between(owner_id, owner_id))
        entry = sa.tuple_(owner, row_id)
        if self.after is not None:
            rows = rows.where(entry > sa.tuple_(owner_id, self.after))
        elif self.before is not None:
            rows = rows.where(entry < sa.tuple_(owner_id, self.before))
        return rows.order_by(
            owner.asc() if self.is_forward else owner.desc(), self.order(row_id)
        ).limit(self.limit)
