"""notify people of replies

Revision ID: 20261130_0510
Revises: 20261130_0500
"""

from alembic import op

revision = "20261130_0510"
down_revision = "20261130_0500"
branch_labels = None
depends_on = None

BEFORE = ("follow", "mention", "security", "export", "decision", "report")
AFTER = ("follow", "mention", "reply", "security", "export", "decision", "report")
NAME = "ck_notification_name_known"


def upgrade() -> None:
    allow(BEFORE, AFTER)


def downgrade() -> None:
    op.execute("DELETE FROM notification WHERE name = 'reply'")
    allow(AFTER, BEFORE)


def allow(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """Let `name` be one of `after`."""
    if op.get_bind().dialect.name == "sqlite":
        reword(check(before), check(after))
        return
    op.execute(f"ALTER TABLE notification DROP CONSTRAINT {NAME}")
    op.execute(f"ALTER TABLE notification ADD CONSTRAINT {NAME} CHECK ({check(after)}) NOT VALID")
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE notification VALIDATE CONSTRAINT {NAME}")


def check(names: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{name}'" for name in names)
    return f"name IN ({listed})"


def reword(before: str, after: str) -> None:
    """SQLite allows to change the words of the schema where no stored row breaks the new ones.

    https://www.sqlite.org/lang_altertable.html
    """
    execute = op.get_bind().exec_driver_sql
    version = execute("PRAGMA schema_version").scalar_one()
    execute("PRAGMA writable_schema=ON")
    change = (
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) "
        "WHERE type = 'table' AND name = 'notification' AND instr(sql, ?) > 0"
    )
    if execute(change, (before, after, before)).rowcount != 1:
        raise RuntimeError(f"the table notification has no {before}")
    execute(f"PRAGMA schema_version={version + 1}")
    execute("PRAGMA writable_schema=OFF")
