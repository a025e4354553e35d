"""add moderation: cases, reports, decisions, appeals

Revision ID: 20261129_1816
Revises: 20261129_1815
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_1816"
down_revision = "20261129_1815"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def where(condition: str) -> dict[str, sa.TextClause]:
    return {f"{name}_where": sa.text(condition) for name in ("sqlite", "postgresql")}


def upgrade() -> None:
    op.create_table(
        "words_template",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=800), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("words", sa.String(length=20000), nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 800", name="ck_words_template_name_length"),
        sa.CheckConstraint(
            "length(words) BETWEEN 1 AND 20000", name="ck_words_template_words_length"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_words_template"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "moderation_case",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("rule_id", ID, nullable=True),
        sa.Column("reports_count", sa.Integer(), nullable=False),
        sa.Column("assignee_id", ID, nullable=True),
        sa.Column("closed_at", TIME, nullable=True),
        sa.Column("notified_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["user.id"], name="fk_moderation_case_assignee_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name="fk_moderation_case_person_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["rule_id"], ["rule.id"], name="fk_moderation_case_rule_id"),
        sa.PrimaryKeyConstraint("id", name="pk_moderation_case"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_moderation_case_closed_at", "moderation_case", ["closed_at"])
    op.create_index(
        "ix_moderation_case_open", "moderation_case", ["id"], **where("closed_at IS NULL")
    )
    op.create_index("ix_moderation_case_person_id_id", "moderation_case", ["person_id", "id"])
    op.create_index(
        "uq_moderation_case_open",
        "moderation_case",
        ["person_id"],
        unique=True,
        **where("closed_at IS NULL"),
    )
    op.create_table(
        "case_note",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("author_id", ID, nullable=True),
        sa.Column("text", sa.String(length=20000), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 20000", name="ck_case_note_text_length"),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user.id"], name="fk_case_note_author_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["moderation_case.id"], name="fk_case_note_case_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_case_note"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_case_note_author_id", "case_note", ["author_id"])
    op.create_index("ix_case_note_case_id_id", "case_note", ["case_id", "id"])
    op.create_table(
        "decision",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=True),
        sa.Column("moderator_id", ID, nullable=True),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("rule_id", ID, nullable=True),
        sa.Column("words", sa.String(length=20000), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("until", TIME, nullable=True),
        sa.Column("lifted_at", TIME, nullable=True),
        sa.Column("undone_at", TIME, nullable=True),
        sa.CheckConstraint(
            "action IN ('none', 'warn', 'hide_posts', 'silence', 'suspend')",
            name="ck_decision_action_known",
        ),
        sa.CheckConstraint("length(words) BETWEEN 0 AND 20000", name="ck_decision_words_length"),
        sa.ForeignKeyConstraint(
            ["case_id"], ["moderation_case.id"], name="fk_decision_case_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["moderator_id"], ["user.id"], name="fk_decision_moderator_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name="fk_decision_person_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["rule_id"], ["rule.id"], name="fk_decision_rule_id"),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_decision_case_id", "decision", ["case_id"])
    op.create_index("ix_decision_moderator_id", "decision", ["moderator_id"])
    op.create_index("ix_decision_person_id_id", "decision", ["person_id", "id"])
    op.create_table(
        "report",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("reporter_id", ID, nullable=True),
        sa.Column("rule_id", ID, nullable=True),
        sa.Column("words", sa.String(length=20000), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("length(words) BETWEEN 0 AND 20000", name="ck_report_words_length"),
        sa.ForeignKeyConstraint(
            ["case_id"], ["moderation_case.id"], name="fk_report_case_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["reporter_id"], ["user.id"], name="fk_report_reporter_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["rule_id"], ["rule.id"], name="fk_report_rule_id"),
        sa.PrimaryKeyConstraint("id", name="pk_report"),
        sa.UniqueConstraint("case_id", "reporter_id", name="uq_report_case_id_reporter_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_report_reporter_id", "report", ["reporter_id"])
    op.create_table(
        "appeal",
        sa.Column("decision_id", ID, autoincrement=False, nullable=False),
        sa.Column("words", sa.String(length=20000), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("answered_at", TIME, nullable=True),
        sa.Column("answerer_id", ID, nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("answer", sa.String(length=20000), nullable=False),
        sa.Column("notified_at", TIME, nullable=True),
        sa.CheckConstraint("outcome IN ('upheld', 'overturned')", name="ck_appeal_outcome_known"),
        sa.CheckConstraint("length(answer) BETWEEN 0 AND 20000", name="ck_appeal_answer_length"),
        sa.CheckConstraint("length(words) BETWEEN 1 AND 20000", name="ck_appeal_words_length"),
        sa.ForeignKeyConstraint(
            ["answerer_id"], ["user.id"], name="fk_appeal_answerer_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name="fk_appeal_decision_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("decision_id", name="pk_appeal"),
    )
    op.create_index("ix_appeal_answerer_id", "appeal", ["answerer_id"])
    op.create_index("ix_appeal_open", "appeal", ["decision_id"], **where("answered_at IS NULL"))
    op.create_table(
        "hidden_post",
        sa.Column("decision_id", ID, nullable=False),
        sa.Column("post_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name="fk_hidden_post_decision_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name="fk_hidden_post_post_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("decision_id", "post_id", name="pk_hidden_post"),
    )
    op.create_index("ix_hidden_post_post_id", "hidden_post", ["post_id"])
    op.create_table(
        "reported_copy",
        sa.Column("id", ID, nullable=False),
        sa.Column("report_id", ID, nullable=False),
        sa.Column("is_message", sa.Boolean(), nullable=False),
        sa.Column("post_id", ID, nullable=True),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=True),
        sa.Column("written_at", TIME, nullable=False),
        sa.CheckConstraint(
            "post_id IS NULL OR message_id IS NULL", name="ck_reported_copy_one_source"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_reported_copy_message_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name="fk_reported_copy_post_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name="fk_reported_copy_report_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reported_copy"),
        sa.UniqueConstraint(
            "report_id", "message_id", name="uq_reported_copy_report_id_message_id"
        ),
        sa.UniqueConstraint("report_id", "post_id", name="uq_reported_copy_report_id_post_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reported_copy_message_id", "reported_copy", ["message_id"])
    op.create_index("ix_reported_copy_post_id", "reported_copy", ["post_id"])


def downgrade() -> None:
    for table in (
        "reported_copy",
        "hidden_post",
        "appeal",
        "report",
        "decision",
        "case_note",
        "moderation_case",
        "words_template",
    ):
        op.drop_table(table)
