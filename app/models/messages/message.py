"""Private messages: conversations of two people, their messages, and who has read what."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from app.lib.dates import utcnow
from app.models.base import PERMANENT_IDS, Id, Model, UTCDateTime, length_check, stored_length
from app.models.community.block import Block

if TYPE_CHECKING:
    from app.models.accounts.user import User

MESSAGE_MAX = 2000


class Conversation(Model):
    """One row per pair of people, in either direction, or for one person's notes to themselves."""

    __table_args__ = (
        sa.UniqueConstraint("lower_id", "higher_id"),
        sa.CheckConstraint("lower_id <= higher_id", "pair_in_order"),
        sa.Index("ix_conversation_higher_id", "higher_id"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    lower_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    higher_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class Message(Model):
    """One message: the source, and the safe HTML rendered from it once."""

    __table_args__ = (
        length_check("body", stored_length(MESSAGE_MAX), 1),
        sa.Index("ix_message_conversation_id_id", "conversation_id", "id"),
        sa.Index("ix_message_recipient_id", "recipient_id"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    conversation_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("conversation.id", ondelete="CASCADE")
    )
    sender_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    recipient_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    body: Mapped[str] = mapped_column(sa.Text)
    html: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    @classmethod
    def visible_to(cls, viewer: User) -> sa.Select[Message]:
        """The messages that `viewer` sent or received."""
        return sa.select(cls).where(
            sa.or_(cls.sender_id == viewer.id, cls.recipient_id == viewer.id)
        )


class Participation(Model):
    """One person's side of a conversation: its position in their inbox, and the unread count."""

    __table_args__ = (
        sa.UniqueConstraint("user_id", "other_id"),
        sa.CheckConstraint("unread_count >= 0", "unread_count_natural"),
        sa.Index("ix_participation_user_id_last_message_id", "user_id", "last_message_id"),
        sa.Index("ix_participation_user_id_changed_at", "user_id", "changed_at"),
        sa.Index(
            "ix_participation_unread",
            "user_id",
            "unread_count",
            sqlite_where=sa.text("unread_count > 0"),
            postgresql_where=sa.text("unread_count > 0"),
        ),
        sa.Index("ix_participation_other_id", "other_id"),
        sa.Index("ix_participation_last_message_id", "last_message_id"),
    )

    conversation_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True
    )
    other_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    last_message_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("message.id", ondelete="CASCADE")
    )
    unread_count: Mapped[int] = mapped_column(default=0)
    # When the unread count last changed.
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    other: Mapped[User] = relationship(lazy="raise", foreign_keys=other_id)
    last_message: Mapped[Message] = relationship(lazy="raise")

    @classmethod
    def inbox_of(cls, user: User) -> sa.Select[Participation]:
        """The conversations that the inbox of `user` lists: none with people whom they blocked."""
        return cls.of(user).where(cls.other_id.not_in(Block.ids_blocked_by(user)))

    @classmethod
    def of(cls, user: User) -> sa.Select[Participation]:
        """The conversations of `user`, with the other person and the last message."""
        return (
            sa.select(cls)
            .where(cls.user_id == user.id)
            .options(
                joinedload(cls.other, innerjoin=True), joinedload(cls.last_message, innerjoin=True)
            )
        )

    @classmethod
    def between(cls, user: User, other: User) -> sa.Select[Participation]:
        """The participation of `user` in their conversation with `other`."""
        return cls.between_ids(user.id, other.id)

    @classmethod
    def between_ids(cls, user_id: int, other_id: int) -> sa.Select[Participation]:
        return sa.select(cls).where(cls.user_id == user_id, cls.other_id == other_id)
