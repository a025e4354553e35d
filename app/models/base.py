"""What all models share: the base class, UTC times and CHECK constraints."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.extensions import Base, db
from app.lib.text import CODE_POINTS_PER_CHARACTER

# `db.Model` is opaque to the type checker, and the same class at run time.
if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model

# 64 bits on PostgreSQL; INTEGER is the only type for which SQLite generates ids.
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
# Ids of erased rows are never reused, so a permalink never shows another post.
PERMANENT_IDS = {"sqlite_autoincrement": True}


class UTCDateTime(sa.types.TypeDecorator[datetime]):
    """An aware time in UTC; SQLite alone would drop the zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("the datetime is not timezone-aware")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        at: datetime = value
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def id_value(value: Any) -> Any:
    """An id as part of a statement; a parameter or a column stays what it is."""
    return sa.literal(value, Id) if isinstance(value, int) else value


def person_parameter(name: str, **facts: bool) -> Any:
    """Somebody of whom nothing but the id and `facts` matter, in a statement that is built once."""
    return SimpleNamespace(id=sa.bindparam(name, type_=Id), **facts)


def one_of(column: str, values: Iterable[str]) -> sa.CheckConstraint:
    """Allow only these values; changing them takes a migration."""
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", f"{column}_known")


def stored_length(characters: int) -> int:
    """How many code points a text of so many characters, as people see them, may have."""
    return characters * CODE_POINTS_PER_CHARACTER


def length_check(column: str, maximum: int, minimum: int = 0) -> sa.CheckConstraint:
    """SQLite ignores VARCHAR lengths, so both databases check them by constraint."""
    condition = f"length({column}) BETWEEN {minimum} AND {maximum}"
    return sa.CheckConstraint(condition, f"{column}_length")
