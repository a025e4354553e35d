"""let people approve who follows them, and choose who sees their posts

Revision ID: 20261130_1040
Revises: 20261130_1030
"""

import sqlalchemy as sa
from alembic import op

from app.database.online_checks import allow
from app.database.online_indexes import create_index, drop_index, online

revision = "20261130_1040"
down_revision = "20261130_1030"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
BEFORE = ("follow", "mention", "reply", "like", "security", "export", "decision", "report")
AFTER = (
    *("follow", "follow_request", "follow_accepted", "mention", "reply", "like"),
    *("security", "export", "decision", "report"),
)
TABLES = ("notification", "notification_group")
# What Explore reads: nobody's other posts can make it slow.
OLD_INDEX = ("ix_post_explore", "(id) WHERE reply_to_author_id IS NULL")
NEW_INDEX = ("ix_post_public", "(id) WHERE reply_to_author_id IS NULL AND visibility = 'public'")


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    # First, since whoever notifies locks people before notifications.
    for table in TABLES:
        allow(table, "name", BEFORE, AFTER)
    op.add_column(
        "user",
        sa.Column("approves_followers", sa.Boolean, server_default=sa.false(), nullable=False),
    )
    known = "default_visibility IN ('public', 'unlisted', 'followers')"
    name = "ck_user_default_visibility_known"
    if is_sqlite:
        op.execute(
            "ALTER TABLE user ADD COLUMN default_visibility VARCHAR(16) DEFAULT 'public' NOT NULL "
            f"CONSTRAINT {name} CHECK ({known})"
        )
    else:
        op.add_column(
            "user",
            sa.Column("default_visibility", sa.String(16), server_default="public", nullable=False),
        )
        op.execute(f'ALTER TABLE "user" ADD CONSTRAINT {name} CHECK ({known}) NOT VALID')
    op.create_table(
        "follow_request",
        sa.Column("id", ID, nullable=False),
        sa.Column("follower_id", ID, nullable=False),
        sa.Column("followed_id", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("answered_at", TIME),
        sa.Column("is_accepted", sa.Boolean, server_default=sa.false(), nullable=False),
        sa.CheckConstraint(
            "follower_id <> followed_id", name=op.f("ck_follow_request_not_oneself")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], ["user.id"], name=f"fk_follow_request_{column}", ondelete="CASCADE"
            )
            for column in ("follower_id", "followed_id")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_follow_request"),
        sa.UniqueConstraint(
            "follower_id", "followed_id", name="uq_follow_request_follower_id_followed_id"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_follow_request_followed_id_id", "follow_request", ["followed_id", "id"])
    op.create_index("ix_follow_request_answered_at", "follow_request", ["answered_at"])
    if not is_sqlite:
        with op.get_context().autocommit_block():
            op.execute(f'ALTER TABLE "user" VALIDATE CONSTRAINT {name}')
    replace_index(OLD_INDEX, NEW_INDEX)


def downgrade() -> None:
    # An earlier version shows the posts of whoever asked for nothing else.
    for name in reversed(TABLES):
        rows = sa.table(name, sa.column("name"))
        op.execute(sa.delete(rows).where(rows.c.name.not_in(BEFORE)))
        allow(name, "name", AFTER, BEFORE)
    op.drop_table("follow_request")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("ALTER TABLE user DROP COLUMN default_visibility")
        op.execute("ALTER TABLE user DROP COLUMN approves_followers")
    else:
        op.drop_column("user", "default_visibility")
        op.drop_column("user", "approves_followers")
    replace_index(NEW_INDEX, OLD_INDEX)


def replace_index(old: tuple[str, str], new: tuple[str, str]) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE INDEX {new[0]} ON post {new[1]}")
        op.execute(f"DROP INDEX {old[0]}")
        return
    with online():
        create_index(new[0], "post", new[1])
        drop_index(old[0])
