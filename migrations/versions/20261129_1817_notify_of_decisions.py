"""notify people of decisions and of what became of reports

Revision ID: 20261129_1817
Revises: 20261129_1816
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_1817"
down_revision = "20261129_1816"
branch_labels = None
depends_on = None

BEFORE = ("follow", "mention", "security", "export")
AFTER = (*BEFORE, "decision", "report")
# As an earlier migration called it, and as it should be called.
NAMES = "ck_notification_ck_notification_name_known", "ck_notification_name_known"


def upgrade() -> None:
    allow(BEFORE, AFTER, NAMES)


def downgrade() -> None:
    op.execute("DELETE FROM notification WHERE name IN ('decision', 'report')")
    allow(AFTER, BEFORE, NAMES[::-1])


def allow(before: tuple[str, ...], after: tuple[str, ...], names: tuple[str, ...]) -> None:
    """Let `name` be one of `after`, by the second of the `names` of the constraint."""
    old, new = names
    if op.get_bind().dialect.name == "sqlite":
        rebuild({check(before): check(after), f"{old} ": f"{new} "})
        return
    op.execute(f"ALTER TABLE notification DROP CONSTRAINT {old}")
    op.execute(f"ALTER TABLE notification ADD CONSTRAINT {new} CHECK ({check(after)}) NOT VALID")
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE notification VALIDATE CONSTRAINT {new}")


def check(names: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{name}'" for name in names)
    return f"name IN ({listed})"


def rebuild(changes: dict[str, str]) -> None:
    """SQLite cannot change a constraint: copy the table into one that is defined differently."""
    connection = op.get_bind()
    schema = "SELECT sql FROM sqlite_master WHERE tbl_name = 'notification' AND type = '{}'"
    definition = connection.exec_driver_sql(schema.format("table")).scalar_one()
    indexes = connection.exec_driver_sql(schema.format("index") + " AND sql IS NOT NULL")
    index_definitions = indexes.scalars().all()
    columns = definition[definition.index("(") :]
    for before, after in changes.items():
        if before not in columns:
            raise RuntimeError(f"{before} is missing")
        columns = columns.replace(before, after, 1)
    last = "SELECT seq FROM sqlite_sequence WHERE name = 'notification'"
    last_id = connection.exec_driver_sql(last).scalar() or 0
    op.execute(f"CREATE TABLE notification_new {columns}")
    op.execute("INSERT INTO notification_new SELECT * FROM notification")
    op.execute("DROP TABLE notification")
    op.execute("ALTER TABLE notification_new RENAME TO notification")
    for index_definition in index_definitions:
        op.execute(index_definition)
    # Ids of erased rows are never used again.
    op.execute("DELETE FROM sqlite_sequence WHERE name = 'notification'")
    sequence = sa.table("sqlite_sequence", sa.column("name"), sa.column("seq"))
    op.execute(sequence.insert().values(name="notification", seq=last_id))
