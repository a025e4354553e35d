"""add the audit log, whose entries the database neither changes nor deletes

Revision ID: 20261129_1712
Revises: 20261129_1711
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_1712"
down_revision = "20261129_1711"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORDS = "the audit log is append-only"
# They begin with `append_only_`: that is how whoever moves a whole database finds them.
SQLITE = """
CREATE TRIGGER append_only_audit_entry_{when} BEFORE {when} ON audit_entry
BEGIN SELECT RAISE(ABORT, '{words}'); END
"""
# An INSERT OR REPLACE deletes without asking the other triggers.
REPLACING = """
CREATE TRIGGER append_only_audit_entry_replace BEFORE INSERT ON audit_entry
WHEN EXISTS (SELECT 1 FROM audit_entry WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, '{words}'); END
"""
FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION '{words}'; END $$
"""
POSTGRESQL = (
    "CREATE TRIGGER append_only_audit_entry_row BEFORE UPDATE OR DELETE ON audit_entry "
    "FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()",
    "CREATE TRIGGER append_only_audit_entry_all BEFORE TRUNCATE ON audit_entry "
    "EXECUTE FUNCTION refuse_audit_change()",
)


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", ID, nullable=False),
        sa.Column("actor_id", ID, nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("target", sa.String(length=100), nullable=False),
        sa.Column("rule", sa.String(length=100), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
        sqlite_autoincrement=True,
    )
    for column in ("actor_id", "person_id", "action"):
        op.create_index(f"ix_audit_entry_{column}_id", "audit_entry", [column, "id"])
    op.create_index("ix_audit_entry_created_at", "audit_entry", ["created_at"])
    op.create_table(
        "audit_detail",
        sa.Column("entry_id", ID, autoincrement=False, nullable=False),
        sa.Column("actor_id", ID, nullable=True),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("network", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["audit_entry.id"], name="fk_audit_detail_entry_id"),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["user.id"], name="fk_audit_detail_actor_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name="fk_audit_detail_person_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("entry_id", name="pk_audit_detail"),
    )
    for column in ("actor_id", "person_id"):
        op.create_index(f"ix_audit_detail_{column}", "audit_detail", [column])
    refuse_changes()


def refuse_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for when in ("update", "delete"):
            op.execute(SQLITE.format(when=when, words=WORDS))
        op.execute(REPLACING.format(words=WORDS))
        return
    op.execute(FUNCTION.format(words=WORDS))
    for trigger in POSTGRESQL:
        op.execute(trigger)


def downgrade() -> None:
    op.drop_table("audit_detail")
    op.drop_table("audit_entry")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_audit_change")
