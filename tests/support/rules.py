"""The rules that every database has, as the migration makes them."""

from __future__ import annotations

DEFAULT_IDS = (1, 2, 3, 4)
# Whether there is anything else, and how that is undone once nothing names another rule.
ARE_CHANGED = """SELECT 'rule' WHERE EXISTS (SELECT 1 FROM rule
    WHERE key IS NULL OR removed_at IS NOT NULL OR position <> id)"""
RESET = [
    "DELETE FROM rule WHERE key IS NULL",
    "UPDATE rule SET position = id, removed_at = NULL",
]
