"""let people repost

Revision ID: 20261130_1100
Revises: 20261130_1040
"""

import sqlalchemy as sa
from alembic import op

from app.database.online_checks import allow
from app.database.online_indexes import create_index, drop_index, online, replace_index

revision = "20261130_1100"
down_revision = "20261130_1040"
branch_labels = None
depends_on = None

BEFORE = (
    *("follow", "follow_request", "follow_accepted", "mention", "reply", "like"),
    *("security", "export", "decision", "report"),
)
AFTER = (
    *("follow", "follow_request", "follow_accepted", "mention", "reply", "like", "repost"),
    *("security", "export", "decision", "report"),
)
TABLES = ("notification", "notification_group")
IS_ANSWER = "reply_to_author_id IS NOT NULL AND repost_of_id IS NULL"
INDEXES = {
    "ix_post_replies": f"(author_id, id) WHERE {IS_ANSWER}",
    "ix_post_reposts": "(author_id, id) WHERE repost_of_id IS NOT NULL",
    "ix_post_repost_of_id_id": "(repost_of_id, id) WHERE repost_of_id IS NOT NULL",
}
PAIRS = "ix_post_answered"
PAIRS_BEFORE = "(author_id, reply_to_author_id, id) WHERE reply_to_author_id IS NOT NULL"
PAIRS_AFTER = f"(author_id, reply_to_author_id, id) WHERE {IS_ANSWER}"


def upgrade() -> None:
    for table in TABLES:
        allow(table, "name", BEFORE, AFTER)
    if op.get_bind().dialect.name == "sqlite":
        for name, definition in INDEXES.items():
            op.execute(f"CREATE INDEX {name} ON post {definition}")
        op.execute(f"DROP INDEX {PAIRS}")
        op.execute(f"CREATE INDEX {PAIRS} ON post {PAIRS_AFTER}")
        return
    with online():
        for name, definition in INDEXES.items():
            create_index(name, "post", definition)
        replace_index(PAIRS, "post", PAIRS_AFTER)


def downgrade() -> None:
    # An earlier version would show reposts as posts without words.
    op.execute("DELETE FROM post WHERE repost_of_id IS NOT NULL")
    op.execute("UPDATE post_count SET reposts_count = 0 WHERE reposts_count <> 0")
    for name in reversed(TABLES):
        rows = sa.table(name, sa.column("name"))
        op.execute(sa.delete(rows).where(rows.c.name.not_in(BEFORE)))
        allow(name, "name", AFTER, BEFORE)
    if op.get_bind().dialect.name == "sqlite":
        for name in INDEXES:
            op.execute(f"DROP INDEX {name}")
        op.execute(f"DROP INDEX {PAIRS}")
        op.execute(f"CREATE INDEX {PAIRS} ON post {PAIRS_BEFORE}")
        return
    with online():
        for name in INDEXES:
            drop_index(name)
        replace_index(PAIRS, "post", PAIRS_BEFORE)
