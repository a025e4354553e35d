"""Changes of tables for which SQLite has no statement, made in the text of its schema."""

from __future__ import annotations

from collections.abc import Mapping

from alembic import op


def reword(table: str, changes: Mapping[str, str]) -> None:
    """Replace parts of the definition of a table, which is allowed where all rows meet the new one.

    The table is not copied, so its triggers stay. Raises RuntimeError where a part is missing.
    https://www.sqlite.org/lang_altertable.html
    """
    execute = op.get_bind().exec_driver_sql
    version = execute("PRAGMA schema_version").scalar_one()
    execute("PRAGMA writable_schema=ON")
    for before, after in changes.items():
        change = (
            "UPDATE sqlite_master SET sql = replace(sql, ?, ?) "
            "WHERE type = 'table' AND name = ? AND instr(sql, ?) > 0"
        )
        if execute(change, (before, after, table, before)).rowcount != 1:
            raise RuntimeError(f"the table {table} has no {before}")
    execute(f"PRAGMA schema_version={version + 1}")
    execute("PRAGMA writable_schema=OFF")
