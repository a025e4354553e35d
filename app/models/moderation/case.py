"""Cases: what has been reported about one person, until moderators have decided."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.lib.dates import utcnow
from app.models.accounts.role import ADMINISTRATOR_ID, Role
from app.models.accounts.user import User
from app.models.base import PERMANENT_IDS, Id, Model, UTCDateTime, length_check, stored_length

WORDS_MAX = 2000
OPEN = sa.text("closed_at IS NULL")


def ranks_above(moderator: User, person_id: sa.SQLColumnExpression[int]) -> sa.ColumnElement[bool]:
    """The condition that `moderator` ranks above somebody, or is an administrator as they are.

    Nobody ranks above administrators, so another of them looks at what is said about one.
    """
    if moderator.role_id == ADMINISTRATOR_ID:
        return sa.true()
    rank = sa.select(Role.rank).join(User, User.role_id == Role.id).where(User.id == person_id)
    return rank.scalar_subquery() < moderator.role.rank


class Case(Model):
    """One that is open per person: each report joins it."""

    __tablename__ = "moderation_case"
    __table_args__ = (
        sa.Index(
            "uq_moderation_case_open",
            "person_id",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        sa.Index("ix_moderation_case_person_id_id", "person_id", "id"),
        sa.Index("ix_moderation_case_open", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        sa.Index("ix_moderation_case_closed_at", "closed_at"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    # Of the first report; NULL: something else, or opened by a moderator.
    rule_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("rule.id"))
    reports_count: Mapped[int] = mapped_column(default=0)
    # Who takes care of it.
    assignee_id: Mapped[int | None] = mapped_column(
        Id, sa.ForeignKey("user.id", ondelete="SET NULL")
    )
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # When staff were told of it by email.
    notified_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    person: Mapped[User] = relationship(lazy="raise", foreign_keys=person_id)
    assignee: Mapped[User | None] = relationship(lazy="raise", foreign_keys=assignee_id)

    @classmethod
    def visible_to(cls, moderator: User) -> sa.Select[Case]:
        """The cases on which `moderator` may work: of people whom they rank above.

        Not about themselves, and not reported by them.
        """
        reported = sa.exists().where(Report.case_id == cls.id, Report.reporter_id == moderator.id)
        is_other = cls.person_id != moderator.id
        return sa.select(cls).where(is_other, ~reported, ranks_above(moderator, cls.person_id))


class Report(Model):
    """What one person says in a case. They are never shown to whom it is about."""

    __table_args__ = (
        length_check("words", stored_length(WORDS_MAX)),
        sa.UniqueConstraint("case_id", "reporter_id"),
        sa.Index("ix_report_reporter_id", "reporter_id"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("moderation_case.id", ondelete="CASCADE")
    )
    reporter_id: Mapped[int | None] = mapped_column(
        Id, sa.ForeignKey("user.id", ondelete="SET NULL")
    )
    # NULL: something else.
    rule_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("rule.id"))
    words: Mapped[str] = mapped_column(sa.String(stored_length(WORDS_MAX)), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    @classmethod
    def reporters_of(cls, case_id: int | None) -> sa.Select[int | None]:
        """The ids of those who reported in a case, the first one first."""
        return sa.select(cls.reporter_id).where(cls.case_id == case_id).order_by(cls.id)


class ReportedCopy(Model):
    """A post or a message as it read when it was reported; kept until long after the decision."""

    __table_args__ = (
        sa.CheckConstraint("post_id IS NULL OR message_id IS NULL", "one_source"),
        sa.UniqueConstraint("report_id", "post_id"),
        sa.UniqueConstraint("report_id", "message_id"),
        sa.Index("ix_reported_copy_post_id", "post_id"),
        sa.Index("ix_reported_copy_message_id", "message_id"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    report_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("report.id", ondelete="CASCADE"))
    is_message: Mapped[bool] = mapped_column(default=False)
    # NULL once that is erased.
    post_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("post.id", ondelete="SET NULL"))
    message_id: Mapped[int | None] = mapped_column(
        Id, sa.ForeignKey("message.id", ondelete="SET NULL")
    )
    title: Mapped[str | None] = mapped_column(sa.Text)
    body: Mapped[str] = mapped_column(sa.Text)
    html: Mapped[str] = mapped_column(sa.Text)
    language: Mapped[str | None] = mapped_column(sa.String(5))
    content_note: Mapped[str | None] = mapped_column(sa.Text)
    written_at: Mapped[datetime] = mapped_column(UTCDateTime)

    @classmethod
    def of_case(cls, case: Case) -> sa.Select[ReportedCopy]:
        """All that was attached to the reports of `case`, the oldest first."""
        return sa.select(cls).join(Report).where(Report.case_id == case.id).order_by(cls.id)


class CaseNote(Model):
    """What moderators tell each other about a case."""

    __table_args__ = (
        length_check("text", stored_length(WORDS_MAX), 1),
        sa.Index("ix_case_note_case_id_id", "case_id", "id"),
        sa.Index("ix_case_note_author_id", "author_id"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("moderation_case.id", ondelete="CASCADE")
    )
    author_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="SET NULL"))
    text: Mapped[str] = mapped_column(sa.String(stored_length(WORDS_MAX)))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    author: Mapped[User | None] = relationship(lazy="raise")
