"""CHECK constraints on the values of a column, which migrations change on a live site."""

from __future__ import annotations

from collections.abc import Iterable

from alembic import op

from app.database.sqlite_schema import reword


def allow(
    table: str,
    column: str,
    before: Iterable[str],
    after: Iterable[str],
    *,
    names: tuple[str, str] | None = None,
) -> None:
    """Let `column` be one of `after`, which was one of `before`.

    On PostgreSQL what was migrated before is committed, and rows are checked while others write.
    `names` are those of the constraint, before and after, if it is not named after the column.
    """
    usual = f"ck_{table}_{column}_known"
    former_name, name = names or (usual, usual)
    if op.get_bind().dialect.name == "sqlite":
        changes = {_check(column, before): _check(column, after)}
        if former_name != name:
            changes[f"CONSTRAINT {former_name} "] = f"CONSTRAINT {name} "
        reword(table, changes)
        return
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {former_name}")
    check = f"CHECK ({_check(column, after)})"
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {check} NOT VALID")
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def _check(column: str, values: Iterable[str]) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"
