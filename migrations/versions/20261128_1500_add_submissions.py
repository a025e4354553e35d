"""add submissions

Revision ID: 20261128_1500
Revises: 20261121_1630
"""

import re
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "20261128_1500"
down_revision = "20261121_1630"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
FORMS = {"post": "author_id", "message": "sender_id"}
FORM_DAYS = 30
COPY_KEYS = """
INSERT INTO submission (user_id, key_hash, request_hash, post_id, created_at, expires_at)
SELECT user_id, key_hash, request_hash, post_id, created_at, :expires_at FROM idempotency_key
"""
COPY_FORMS = """
INSERT INTO submission (user_id, key_hash, request_hash, {name}_id, created_at, expires_at)
SELECT {owner}, form_key, '', id, created_at, :expires_at FROM {name}
WHERE form_key IS NOT NULL AND created_at > :since
"""


def upgrade() -> None:
    create_submission()
    now = datetime.now(UTC)
    execute(COPY_KEYS, expires_at=now + timedelta(days=1))
    for name, owner in FORMS.items():
        days = timedelta(days=FORM_DAYS)
        statement = COPY_FORMS.format(name=name, owner=owner)
        execute(statement, expires_at=now + days, since=now - days)
        drop_form_key(name, owner)
    op.drop_table("idempotency_key")


def create_submission() -> None:
    op.create_table(
        "submission",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("post_id", ID, nullable=True),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        foreign_key("user_id", "user", "CASCADE"),
        foreign_key("post_id", "post", "SET NULL"),
        foreign_key("message_id", "message", "SET NULL"),
        sa.PrimaryKeyConstraint("user_id", "key_hash", name="pk_submission"),
    )
    for column in ("post_id", "message_id", "expires_at"):
        op.create_index(f"ix_submission_{column}", "submission", [column])


def foreign_key(column: str, table: str, ondelete: str) -> sa.ForeignKeyConstraint:
    name = f"fk_submission_{column}"
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=name, ondelete=ondelete)


def execute(statement: str, **values: datetime) -> None:
    if op.get_bind().dialect.name == "sqlite":
        # How SQLAlchemy writes times there.
        written = {name: time.replace(tzinfo=None) for name, time in values.items()}
        values = {name: f"{time:%Y-%m-%d %H:%M:%S.%f}" for name, time in written.items()}
    op.get_bind().execute(sa.text(statement), values)


def drop_form_key(name: str, owner: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(f"uq_{name}_{owner}_form_key", name, type_="unique")
        op.drop_column(name, "form_key")
    else:
        rebuild(name)


def rebuild(name: str) -> None:
    """On SQLite a column with a constraint of its table goes only with the table.

    Copies the table without it, and brings back its indexes, its triggers and the highest id that
    it ever gave out. The search index refers to the rows by id and stays as it is.
    """
    bind = op.get_bind()
    about = "SELECT sql FROM sqlite_master WHERE tbl_name = :name AND sql IS NOT NULL AND "
    (table,) = bind.scalars(sa.text(about + "type = 'table'"), {"name": name})
    others = [
        sql
        for sql in bind.scalars(sa.text(about + "type <> 'table'"), {"name": name})
        if "form_key" not in sql
    ]
    last = bind.scalar(
        sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": name}
    )
    rows = bind.execute(sa.text(f"PRAGMA table_info({name})")).all()
    columns = ", ".join(f'"{row.name}"' for row in rows if row.name != "form_key")
    table = re.sub(r",\s*form_key VARCHAR\(64\)", "", table, count=1)
    table = re.sub(r",\s*CONSTRAINT \w+ UNIQUE \(\w+, form_key\)", "", table, count=1)
    table = re.sub(rf'^CREATE TABLE "?{name}"?', f"CREATE TABLE {name}_copy", table, count=1)
    if "form_key" in table:
        raise RuntimeError(f"the table {name} has another shape than it should")
    op.execute(table)
    op.execute(f"INSERT INTO {name}_copy ({columns}) SELECT {columns} FROM {name}")  # noqa: S608
    op.execute(f"DROP TABLE {name}")
    op.execute(f"ALTER TABLE {name}_copy RENAME TO {name}")
    for sql in others:
        # Past op.execute, which reads a colon as a parameter.
        bind.exec_driver_sql(sql)
    if last is not None:
        bind.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": name})
        restored = "INSERT INTO sqlite_sequence(name, seq) VALUES (:name, :seq)"
        bind.execute(sa.text(restored), {"name": name, "seq": last})


def downgrade() -> None:
    op.create_table(
        "idempotency_key",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("post_id", ID, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name="fk_idempotency_key_post_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name="fk_idempotency_key_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "key_hash", name="pk_idempotency_key"),
    )
    for column in ("created_at", "post_id"):
        op.create_index(f"ix_idempotency_key_{column}", "idempotency_key", [column])
    for name, owner in FORMS.items():
        op.add_column(name, sa.Column("form_key", sa.String(length=64), nullable=True))
        key = f"uq_{name}_{owner}_form_key"
        if op.get_bind().dialect.name == "postgresql":
            op.create_unique_constraint(key, name, [owner, "form_key"])
        else:
            op.create_index(key, name, [owner, "form_key"], unique=True)
    op.drop_table("submission")
