"""add messages and notifications

Revision ID: 20261121_1520
Revises: 20261121_1410
"""

import sqlalchemy as sa
from alembic import op

revision = "20261121_1520"
down_revision = "20261121_1410"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def person(table: str, column: str, *, nullable: bool = False) -> tuple[sa.Column, sa.Constraint]:
    """A column that names somebody, and goes with them."""
    key = sa.ForeignKeyConstraint(
        [column], ["user.id"], name=f"fk_{table}_{column}", ondelete="CASCADE"
    )
    return sa.Column(column, ID, nullable=nullable), key


def upgrade() -> None:
    # Not in batch mode: that would make the table anew on SQLite, and deleting the old one would
    # take along every row that refers to it.
    op.execute(
        "ALTER TABLE \"user\" ADD COLUMN messages_from VARCHAR(16) DEFAULT 'everyone' NOT NULL "
        "CONSTRAINT ck_user_messages_from_known "
        "CHECK (messages_from IN ('everyone', 'followed', 'nobody'))"
    )
    lower_id, lower_key = person("conversation", "lower_id")
    higher_id, higher_key = person("conversation", "higher_id")
    op.create_table(
        "conversation",
        sa.Column("id", ID, nullable=False),
        lower_id,
        higher_id,
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("lower_id <= higher_id", name="ck_conversation_pair_in_order"),
        lower_key,
        higher_key,
        sa.PrimaryKeyConstraint("id", name="pk_conversation"),
        sa.UniqueConstraint("lower_id", "higher_id", name="uq_conversation_lower_id_higher_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_conversation_higher_id", "conversation", ["higher_id"])
    create_message()
    create_participation()
    create_notification()


def create_message() -> None:
    sender_id, sender_key = person("message", "sender_id")
    recipient_id, recipient_key = person("message", "recipient_id")
    op.create_table(
        "message",
        sa.Column("id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sender_id,
        recipient_id,
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("form_key", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(body) BETWEEN 1 AND 2000", name="ck_message_body_length"),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name="fk_message_conversation_id",
            ondelete="CASCADE",
        ),
        sender_key,
        recipient_key,
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sa.UniqueConstraint("sender_id", "form_key", name="uq_message_sender_id_form_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_message_conversation_id_id", "message", ["conversation_id", "id"])
    op.create_index("ix_message_recipient_id", "message", ["recipient_id"])


def create_participation() -> None:
    user_id, user_key = person("participation", "user_id")
    other_id, other_key = person("participation", "other_id")
    op.create_table(
        "participation",
        sa.Column("conversation_id", ID, nullable=False),
        user_id,
        other_id,
        sa.Column("last_message_id", ID, nullable=False),
        sa.Column("unread_count", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("unread_count >= 0", name="ck_participation_unread_count_natural"),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name="fk_participation_conversation_id",
            ondelete="CASCADE",
        ),
        user_key,
        other_key,
        sa.ForeignKeyConstraint(
            ["last_message_id"],
            ["message.id"],
            name="fk_participation_last_message_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", "user_id", name="pk_participation"),
        sa.UniqueConstraint("user_id", "other_id", name="uq_participation_user_id_other_id"),
    )
    for columns in (
        ["user_id", "last_message_id"],
        ["user_id", "changed_at"],
        ["other_id"],
        ["last_message_id"],
    ):
        op.create_index(f"ix_participation_{'_'.join(columns)}", "participation", columns)
    op.create_index(
        "ix_participation_unread",
        "participation",
        ["user_id", "unread_count"],
        sqlite_where=sa.text("unread_count > 0"),
        postgresql_where=sa.text("unread_count > 0"),
    )


def create_notification() -> None:
    user_id, user_key = person("notification", "user_id")
    actor_id, actor_key = person("notification", "actor_id", nullable=True)
    op.create_table(
        "notification",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        user_id,
        actor_id,
        sa.Column("post_id", ID, nullable=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "name IN ('follow', 'mention', 'security', 'export')",
            name="ck_notification_name_known",
        ),
        user_key,
        actor_key,
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name="fk_notification_post_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notification"),
        sqlite_autoincrement=True,
    )
    for columns in (
        ["user_id", "id"],
        ["user_id", "read_at"],
        ["actor_id"],
        ["post_id"],
        ["created_at"],
    ):
        op.create_index(f"ix_notification_{'_'.join(columns)}", "notification", columns)


def downgrade() -> None:
    for table in ("notification", "participation", "message", "conversation"):
        op.drop_table(table)
    op.execute('ALTER TABLE "user" DROP COLUMN messages_from')
