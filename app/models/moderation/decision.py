"""Decisions of moderators about a person, and what that person says against them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.lib.dates import utcnow
from app.models.base import (
    PERMANENT_IDS,
    Id,
    Model,
    UTCDateTime,
    length_check,
    one_of,
    stored_length,
)
from app.models.moderation.case import WORDS_MAX, Report, ranks_above
from app.models.posts.post import CONTENT_NOTE_MAX

if TYPE_CHECKING:
    from app.models.accounts.user import User

# `none` closes a case without doing anything to the person, who is not told.
Action = Literal["none", "warn", "require_note", "hide_posts", "silence", "suspend"]
ACTIONS: tuple[Action, ...] = get_args(Action)
OUTCOMES = ("upheld", "overturned")
TEMPLATE_NAME_MAX = 80


class Decision(Model):
    """What was decided. In force until it ends, is lifted, or is undone as if it never was."""

    __table_args__ = (
        one_of("action", ACTIONS),
        length_check("words", stored_length(WORDS_MAX)),
        sa.Index("ix_decision_person_id_id", "person_id", "id"),
        sa.Index("ix_decision_case_id", "case_id"),
        sa.Index("ix_decision_moderator_id", "moderator_id"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    # NULL: on the command line.
    case_id: Mapped[int | None] = mapped_column(
        Id, sa.ForeignKey("moderation_case.id", ondelete="CASCADE")
    )
    # NULL: on the command line, or somebody whose account is erased.
    moderator_id: Mapped[int | None] = mapped_column(
        Id, sa.ForeignKey("user.id", ondelete="SET NULL")
    )
    action: Mapped[Action] = mapped_column(sa.String(16))
    rule_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("rule.id"))
    words: Mapped[str] = mapped_column(sa.String(stored_length(WORDS_MAX)), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    # NULL: for good.
    until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    lifted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    person: Mapped[User] = relationship(lazy="raise", foreign_keys=person_id)
    moderator: Mapped[User | None] = relationship(lazy="raise", foreign_keys=moderator_id)
    appeal: Mapped[Appeal | None] = relationship(lazy="raise", back_populates="decision")

    @classmethod
    def in_force_clause(cls, now: datetime) -> sa.ColumnElement[bool]:
        """The condition that a decision has an effect at `now`."""
        is_going_on = sa.or_(cls.until.is_(None), cls.until > now)
        return sa.and_(cls.lifted_at.is_(None), cls.undone_at.is_(None), is_going_on)

    @classmethod
    def known_to(cls, person: User) -> sa.Select[Decision]:
        """The decisions about `person` that they know of."""
        return sa.select(cls).where(
            cls.person_id == person.id, cls.action != "none", cls.undone_at.is_(None)
        )

    @classmethod
    def was_reported_by(cls, person: User) -> sa.ColumnElement[bool]:
        """The condition that `person` has reported what a decision is about."""
        return sa.exists().where(Report.case_id == cls.case_id, Report.reporter_id == person.id)

    @property
    def is_in_force(self) -> bool:
        """Whether it has an effect now."""
        is_going_on = self.until is None or self.until > utcnow()
        return self.lifted_at is None and self.undone_at is None and is_going_on


class HiddenPost(Model):
    """A post that a decision hides."""

    __table_args__ = (sa.Index("ix_hidden_post_post_id", "post_id"),)

    decision_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("decision.id", ondelete="CASCADE"), primary_key=True
    )
    post_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("post.id", ondelete="CASCADE"), primary_key=True
    )


class NotedPost(Model):
    """A post on which a decision puts a content note."""

    __table_args__ = (
        length_check("note", stored_length(CONTENT_NOTE_MAX), 1),
        sa.Index("ix_noted_post_post_id", "post_id"),
        sa.Index(
            "ix_noted_post_ends_at",
            "ends_at",
            sqlite_where=sa.text("ends_at IS NOT NULL"),
            postgresql_where=sa.text("ends_at IS NOT NULL"),
        ),
    )

    decision_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("decision.id", ondelete="CASCADE"), primary_key=True
    )
    post_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("post.id", ondelete="CASCADE"), primary_key=True
    )
    note: Mapped[str] = mapped_column(sa.String(stored_length(CONTENT_NOTE_MAX)))
    # When the note has to be taken off: the end of the decision, until that was done.
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Appeal(Model):
    """What the person says against a decision, once, and how somebody else answered."""

    __table_args__ = (
        length_check("words", stored_length(WORDS_MAX), 1),
        length_check("answer", stored_length(WORDS_MAX)),
        one_of("outcome", OUTCOMES),
        sa.Index(
            "ix_appeal_open",
            "decision_id",
            sqlite_where=sa.text("answered_at IS NULL"),
            postgresql_where=sa.text("answered_at IS NULL"),
        ),
        sa.Index("ix_appeal_answerer_id", "answerer_id"),
    )

    decision_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("decision.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    words: Mapped[str] = mapped_column(sa.String(stored_length(WORDS_MAX)))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answerer_id: Mapped[int | None] = mapped_column(
        Id, sa.ForeignKey("user.id", ondelete="SET NULL")
    )
    # NULL while nobody has answered.
    outcome: Mapped[str | None] = mapped_column(sa.String(16))
    answer: Mapped[str] = mapped_column(sa.String(stored_length(WORDS_MAX)), default="")
    # When staff were told of it by email.
    notified_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    decision: Mapped[Decision] = relationship(lazy="raise", back_populates="appeal")

    @classmethod
    def visible_to(cls, moderator: User) -> sa.Select[Appeal]:
        """The appeals, with their decisions, on which `moderator` may work.

        Not their own, nor about what they reported; only of people whom they rank above.
        """
        return (
            sa.select(cls)
            .join(cls.decision)
            .where(Decision.person_id != moderator.id, ~Decision.was_reported_by(moderator))
            .where(ranks_above(moderator, Decision.person_id))
        )

    @classmethod
    def open_to(cls, moderator: User) -> sa.Select[Appeal]:
        """Those of them that nobody has answered."""
        return cls.visible_to(moderator).where(
            cls.answered_at.is_(None), Decision.undone_at.is_(None)
        )


class WordsTemplate(Model):
    """Words to a person that moderators use again, in one language."""

    __table_args__ = (
        length_check("name", stored_length(TEMPLATE_NAME_MAX), 1),
        length_check("words", stored_length(WORDS_MAX), 1),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(stored_length(TEMPLATE_NAME_MAX)))
    language: Mapped[str] = mapped_column(sa.String(5))
    words: Mapped[str] = mapped_column(sa.String(stored_length(WORDS_MAX)))
