"""widen texts, whose length is now counted as people see it

Revision ID: 20261128_1700
Revises: 20261128_1600
"""

from alembic import op

revision = "20261128_1700"
down_revision = "20261128_1600"
branch_labels = None
depends_on = None

# Table, column, least and most characters as people see them; each may be ten code points.
CHECKED = (
    ("post", "title", 1, 120),
    ("post", "body", 1, 10_000),
    ("message", "body", 1, 2000),
    ("user", "display_name", 0, 50),
    ("user", "about_me", 0, 500),
    ("token", "name", 0, 50),
)
# Table, column and width.
COLUMNS = (
    ("post", "title", 120),
    ("post_revision", "title", 120),
    ("user", "display_name", 50),
    ("user", "about_me", 500),
    ("token", "name", 50),
)
# Named twice over when it was made.
NAMES = {"message": "ck_message_ck_message_body_length"}
CODE_POINTS_PER_CHARACTER = 10


def upgrade() -> None:
    change(1, CODE_POINTS_PER_CHARACTER)


def downgrade() -> None:
    change(CODE_POINTS_PER_CHARACTER, 1)


def change(old: int, new: int) -> None:
    on = postgresql if op.get_bind().dialect.name == "postgresql" else sqlite
    on(old, new)


def postgresql(_old: int, new: int) -> None:
    for table, column, width in COLUMNS:
        op.execute(f'ALTER TABLE "{table}" ALTER COLUMN {column} TYPE VARCHAR({width * new})')
    for table, column, least, most in CHECKED:
        name = NAMES.get(table, f"ck_{table}_{column}_length")
        op.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT {name}')
        condition = f"length({column}) BETWEEN {least} AND {most * new}"
        op.execute(f'ALTER TABLE "{table}" ADD CONSTRAINT {name} CHECK ({condition})')


def sqlite(old: int, new: int) -> None:
    # A new copy of each table would lose the triggers of search. As nothing stored changes, SQLite
    # allows to change the words of the schema: https://www.sqlite.org/lang_altertable.html
    execute = op.get_bind().exec_driver_sql
    version = execute("PRAGMA schema_version").scalar_one()
    execute("PRAGMA writable_schema=ON")
    for table, column, width in COLUMNS:
        reword(table, f"{column} VARCHAR({width * old})", f"{column} VARCHAR({width * new})")
    for table, column, least, most in CHECKED:
        words = f"length({column}) BETWEEN {least} AND "
        reword(table, f"{words}{most * old})", f"{words}{most * new})")
    execute(f"PRAGMA schema_version={version + 1}")
    execute("PRAGMA writable_schema=OFF")


def reword(table: str, old: str, new: str) -> None:
    change = "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = ?"
    change += " AND instr(sql, ?) > 0"
    if op.get_bind().exec_driver_sql(change, (old, new, table, old)).rowcount != 1:
        raise RuntimeError(f"the table {table} has no {old}")
