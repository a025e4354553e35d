"""notify people of replies

Revision ID: 20261130_0510
Revises: 20261130_0500
"""

from alembic import op

from app.database.sqlite_schema import reword

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
        reword("notification", {check(before): check(after)})
        return
    op.execute(f"ALTER TABLE notification DROP CONSTRAINT {NAME}")
    op.execute(f"ALTER TABLE notification ADD CONSTRAINT {NAME} CHECK ({check(after)}) NOT VALID")
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE notification VALIDATE CONSTRAINT {NAME}")


def check(names: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{name}'" for name in names)
    return f"name IN ({listed})"
