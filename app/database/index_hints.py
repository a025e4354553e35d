"""Which index SQLite takes, where it would choose wrong.

Its statistics say how many rows an index has for a value on average. Of an index of few rows, such
as the pinned posts, they say nothing of most people, and it may read all that somebody wrote.
"""

from __future__ import annotations

from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler

AnySelect = TypeVar("AnySelect", bound=sa.Select[*tuple[Any, ...]])


class HintingCompiler(SQLiteCompiler):
    """SQLAlchemy's, with the hints of statements."""

    def get_from_hint_text(self, _table: Any, text: str | None) -> str | None:
        return text


def indexed_by(rows: AnySelect, table: Any, index: str) -> AnySelect:
    """Have SQLite read `table` by this index. It refuses where it cannot.

    https://www.sqlite.org/lang_indexedby.html
    """
    return rows.with_hint(table, f"INDEXED BY {index}", "sqlite")
