"""let moderators require content notes, keep notes in history, and find what is folded away

Revision ID: 20261130_1020
Revises: 20261130_1010
"""

import sqlalchemy as sa
from alembic import op

from app.database.online_checks import allow
from app.database.online_indexes import create_index, drop_index, online, release_locks

revision = "20261130_1020"
down_revision = "20261130_1010"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
BEFORE = ("none", "warn", "hide_posts", "silence", "suspend")
AFTER = ("none", "warn", "require_note", "hide_posts", "silence", "suspend")
# As an earlier migration called it, and as it should be called.
NAMES = "ck_decision_ck_decision_action_known", "ck_decision_action_known"
REQUIRED = "ck_post_required_note_length"
LENGTH = "length({}) BETWEEN 1 AND 1000"
FOLDED = "ix_post_folded"
OF_FOLDED = "(root_id, id) WHERE folded_at IS NOT NULL"


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    allow("decision", "action", BEFORE, AFTER, names=NAMES)
    op.add_column("post_revision", sa.Column("content_note", sa.String(1000)))
    op.add_column("reported_copy", sa.Column("content_note", sa.Text))
    release_locks()
    op.create_table(
        "noted_post",
        sa.Column("decision_id", ID, nullable=False),
        sa.Column("post_id", ID, nullable=False),
        sa.Column("note", sa.String(1000), nullable=False),
        sa.Column("ends_at", TIME),
        sa.CheckConstraint(LENGTH.format("note"), name=op.f("ck_noted_post_note_length")),
        *(
            sa.ForeignKeyConstraint(
                [f"{table}_id"],
                [f"{table}.id"],
                name=f"fk_noted_post_{table}_id",
                ondelete="CASCADE",
            )
            for table in ("decision", "post")
        ),
        sa.PrimaryKeyConstraint("decision_id", "post_id", name="pk_noted_post"),
    )
    op.create_index("ix_noted_post_post_id", "noted_post", ["post_id"])
    op.execute(
        "CREATE INDEX ix_noted_post_ends_at ON noted_post (ends_at) WHERE ends_at IS NOT NULL"
    )
    if is_sqlite:
        check = f"CONSTRAINT {REQUIRED} CHECK ({LENGTH.format('required_note')})"
        op.execute(f"ALTER TABLE post ADD COLUMN required_note VARCHAR(1000) {check}")
        op.execute(f"CREATE INDEX {FOLDED} ON post {OF_FOLDED}")
        return
    op.add_column("post", sa.Column("required_note", sa.String(1000)))
    # The rows are checked later, while others write.
    check = f"CONSTRAINT {REQUIRED} CHECK ({LENGTH.format('required_note')}) NOT VALID"
    op.execute(f"ALTER TABLE post ADD {check}")
    with online():
        op.execute(f"ALTER TABLE post VALIDATE CONSTRAINT {REQUIRED}")
        create_index(FOLDED, "post", OF_FOLDED)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP INDEX {FOLDED}")
    else:
        with online():
            drop_index(FOLDED)
    op.execute("ALTER TABLE post DROP COLUMN required_note")
    op.drop_table("noted_post")
    op.drop_column("reported_copy", "content_note")
    op.drop_column("post_revision", "content_note")
    op.execute("DELETE FROM decision WHERE action = 'require_note'")
    allow("decision", "action", AFTER, BEFORE, names=NAMES[::-1])
