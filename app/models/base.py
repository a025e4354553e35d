"""What every model stands on: the base class, UTC times and lengths the database checks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.extensions import Base, db

# `db.Model` is opaque to the type checker, and the same class at run time.
if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model

# Ids are for ever: 64 bits on PostgreSQL, and the only width that SQLite counts up by itself.
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
# Ids of erased rows are never given out again, so a permalink never shows another post.
PERMANENT_IDS = {"sqlite_autoincrement": True}


class UTCDateTime(sa.types.TypeDecorator[datetime]):
    """An aware time in UTC; SQLite alone would drop the zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("a time without a zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def one_of(column: str, values: Iterable[str]) -> sa.CheckConstraint:
    """Only these values; changing them takes a migration."""
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", f"{column}_known")


def length_check(column: str, most: int, least: int = 0) -> sa.CheckConstraint:
    """SQLite ignores VARCHAR lengths, so both databases check them by constraint."""
    return sa.CheckConstraint(f"length({column}) BETWEEN {least} AND {most}", f"{column}_length")
