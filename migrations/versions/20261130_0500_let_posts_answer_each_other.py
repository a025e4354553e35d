"""let posts answer each other, and have all columns of what conversations need

Revision ID: 20261130_0500
Revises: 20261130_0050
"""

import sqlalchemy as sa
from alembic import op

from app.database.online_indexes import create_index, drop_index, online, release_locks
from app.database.sqlite_schema import reword

revision = "20261130_0500"
down_revision = "20261130_0050"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
REFERENCES = {
    "reply_to_id": ("post", "SET NULL"),
    "repost_of_id": ("post", "CASCADE"),
    "audience_id": ("user", "SET NULL"),
}
IDS = ("root_id", "reply_to_author_id")
TIMES = ("folded_at", "imported_at", "pinned_at")
REPLIES_FROM = "replies_from IN ('everyone', 'followed', 'mentioned', 'nobody')"
NOTE = "length(content_note) BETWEEN 1 AND 1000"
# Name of the constraint, and what it allows before and afterward.
FIRST_KEY = "CONSTRAINT fk_post_author_id "
WIDENED = (
    (
        "visibility_known",
        "visibility IN ('public')",
        "visibility IN ('public', 'unlisted', 'followers')",
    ),
    ("body_length", "length(body) BETWEEN 1 AND 100000", "length(body) BETWEEN 0 AND 100000"),
)
INDEXES = {
    "ix_post_home": "(author_id, id) WHERE reply_to_author_id IS NULL",
    "ix_post_explore": "(id) WHERE reply_to_author_id IS NULL",
    "ix_post_answers": "(author_id, id) WHERE reply_to_author_id IS NOT NULL",
    "ix_post_answered": "(author_id, reply_to_author_id, id) WHERE reply_to_author_id IS NOT NULL",
    "ix_post_reply_to_id_id": "(reply_to_id, id) WHERE reply_to_id IS NOT NULL",
    "ix_post_root_id_id": "(root_id, id) WHERE root_id IS NOT NULL",
    "ix_post_orphan": "(root_id, id) WHERE root_id IS NOT NULL AND reply_to_id IS NULL",
    "ix_post_pinned": "(author_id, id) WHERE pinned_at IS NOT NULL",
    "ix_post_audience_id": "(audience_id) WHERE audience_id IS NOT NULL",
}
REPOSTS = "ix_post_repost_of_id_author_id"
OF_REPOSTS = "(repost_of_id, author_id) WHERE repost_of_id IS NOT NULL"


def key(column: str) -> str:
    table, deletion = REFERENCES[column]
    return (
        f'CONSTRAINT fk_post_{column} FOREIGN KEY({column}) REFERENCES "{table}" (id) '
        f"ON DELETE {deletion}"
    )


KEYS = "".join(f"{key(column)}, " for column in REFERENCES)


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    (add_on_sqlite if is_sqlite else add_on_postgresql)()
    op.create_table(
        "post_count",
        sa.Column("post_id", ID, nullable=False, autoincrement=False),
        *(
            sa.Column(f"{name}_count", sa.Integer, nullable=False)
            for name in ("replies", "likes", "reposts")
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], ondelete="CASCADE", name="fk_post_count_post_id"
        ),
        sa.PrimaryKeyConstraint("post_id", name="pk_post_count"),
    )
    if is_sqlite:
        for name, definition in INDEXES.items():
            op.execute(f"CREATE INDEX {name} ON post {definition}")
        op.execute(f"CREATE UNIQUE INDEX {REPOSTS} ON post {OF_REPOSTS}")
        return
    with online():
        for name in REFERENCES:
            op.execute(f"ALTER TABLE post VALIDATE CONSTRAINT fk_post_{name}")
        for name in ("replies_from_known", "content_note_length", *(name for name, *_ in WIDENED)):
            op.execute(f"ALTER TABLE post VALIDATE CONSTRAINT ck_post_{name}")
        for name, definition in INDEXES.items():
            create_index(name, "post", definition)
        create_index(REPOSTS, "post", OF_REPOSTS, is_unique=True)


def add_on_sqlite() -> None:
    for name in (*REFERENCES, *IDS):
        op.execute(f"ALTER TABLE post ADD COLUMN {name} INTEGER")
    for name in TIMES:
        op.execute(f"ALTER TABLE post ADD COLUMN {name} DATETIME")
    op.execute(
        "ALTER TABLE post ADD COLUMN replies_from VARCHAR(16) DEFAULT 'everyone' NOT NULL "
        f"CONSTRAINT ck_post_replies_from_known CHECK ({REPLIES_FROM})"
    )
    op.execute(
        "ALTER TABLE post ADD COLUMN content_note VARCHAR(1000) "
        f"CONSTRAINT ck_post_content_note_length CHECK ({NOTE})"
    )
    widened = {before: after for _, before, after in WIDENED}
    reword("post", widened | {FIRST_KEY: f"{KEYS}{FIRST_KEY}"})


def add_on_postgresql() -> None:
    for name in (*REFERENCES, *IDS):
        op.add_column("post", sa.Column(name, sa.BigInteger))
    for name in TIMES:
        op.add_column("post", sa.Column(name, TIME))
    op.add_column(
        "post", sa.Column("replies_from", sa.String(16), server_default="everyone", nullable=False)
    )
    op.add_column("post", sa.Column("content_note", sa.String(1000)))
    # The rows are checked later, while others write.
    for name, condition in (("replies_from_known", REPLIES_FROM), ("content_note_length", NOTE)):
        op.execute(f"ALTER TABLE post ADD CONSTRAINT ck_post_{name} CHECK ({condition}) NOT VALID")
    for name, _, condition in WIDENED:
        op.execute(f"ALTER TABLE post DROP CONSTRAINT ck_post_{name}")
        op.execute(f"ALTER TABLE post ADD CONSTRAINT ck_post_{name} CHECK ({condition}) NOT VALID")
    # Apart, since they lock people too, and posts no longer for those who read.
    release_locks()
    for name in REFERENCES:
        op.execute(f"ALTER TABLE post ADD {key(name)} NOT VALID")


def downgrade() -> None:
    # Reposts are nothing by themselves, and what few may read must not become public.
    op.execute("DELETE FROM post WHERE repost_of_id IS NOT NULL OR body = ''")
    op.execute(
        "UPDATE post SET visibility = 'public', search_text = NULL,"
        " deleted_at = coalesce(deleted_at, CURRENT_TIMESTAMP) WHERE visibility <> 'public'"
    )
    op.drop_table("post_count")
    names = (*REFERENCES, *IDS, *TIMES, "replies_from", "content_note")
    if op.get_bind().dialect.name == "sqlite":
        for name in (*INDEXES, REPOSTS):
            op.execute(f"DROP INDEX {name}")
        reword("post", {after: before for _, before, after in WIDENED} | {KEYS: ""})
    else:
        with online():
            for name in (*INDEXES, REPOSTS):
                drop_index(name)
        for name, condition, _ in WIDENED:
            op.execute(f"ALTER TABLE post DROP CONSTRAINT ck_post_{name}")
            op.execute(f"ALTER TABLE post ADD CONSTRAINT ck_post_{name} CHECK ({condition})")
    for name in names:
        op.execute(f"ALTER TABLE post DROP COLUMN {name}")
