"""let tokens have the scope admin

A process of the version before takes such a token for one that only reads.

Revision ID: 20261129_1850
Revises: 20261129_1841
"""

from alembic import op

revision = "20261129_1850"
down_revision = "20261129_1841"
branch_labels = None
depends_on = None

NAME = "ck_token_scope_known"
BEFORE = "scope IN ('read', 'write')"
AFTER = "scope IN ('read', 'write', 'admin')"


def upgrade() -> None:
    change(BEFORE, AFTER)


def downgrade() -> None:
    op.execute("DELETE FROM token WHERE scope = 'admin'")
    change(AFTER, BEFORE)


def change(old: str, new: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        sqlite(old, new)
        return
    op.execute(f"ALTER TABLE token DROP CONSTRAINT {NAME}")
    op.execute(f"ALTER TABLE token ADD CONSTRAINT {NAME} CHECK ({new}) NOT VALID")
    # While others read and write.
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE token VALIDATE CONSTRAINT {NAME}")


def sqlite(old: str, new: str) -> None:
    # Nothing stored changes, so SQLite allows to change the words of the schema:
    # https://www.sqlite.org/lang_altertable.html
    execute = op.get_bind().exec_driver_sql
    version = execute("PRAGMA schema_version").scalar_one()
    execute("PRAGMA writable_schema=ON")
    words = "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = ?"
    if execute(words, (old, new, "token")).rowcount != 1:
        raise RuntimeError("there is no table token")
    execute(f"PRAGMA schema_version={version + 1}")
    execute("PRAGMA writable_schema=OFF")
