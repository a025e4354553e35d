"""Notifications of events that concern a user."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from app.extensions import db
from app.lib.dates import utcnow
from app.models.base import PERMANENT_IDS, Id, Model, UTCDateTime, one_of
from app.models.community.block import Block
from app.models.community.mute import Mute
from app.models.posts.draft import FAILURES

if TYPE_CHECKING:
    from app.models.accounts.user import User


@dataclass(frozen=True)
class Kind:
    """A kind of notification: the tab that lists it, and the events that its payload can have.

    Its partial is `notifications/_<kind>.html`, or one per event of "security".
    """

    tab: str
    events: tuple[str, ...] = ()
    # Whether what happens to one post on one day stands together.
    is_grouped: bool = False
    # What people choose of a kind: how they hear of it, and from whom. Of others, everybody hears.
    choices: tuple[str, ...] = ()


HOW, FROM = "delivery", "from_whom"


# Every kind, once. A new one needs a row here, a partial and, for the CHECK, a migration.
KINDS = {
    "follow": Kind("follows", choices=(HOW,)),
    "follow_request": Kind("follows", choices=(HOW,)),
    "follow_accepted": Kind("follows", choices=(HOW,)),
    "mention": Kind("mentions", choices=(HOW, FROM)),
    "reply": Kind("replies", choices=(HOW, FROM)),
    "like": Kind("likes", is_grouped=True, choices=(HOW, FROM)),
    "repost": Kind("reposts", is_grouped=True, choices=(HOW, FROM)),
    "security": Kind(
        "security",
        (
            "password_changed",
            "new_device",
            "email_changed",
            "token_created",
            "two_factor_added",
            "two_factor_removed",
            "recovery_codes_made",
            "recovery_code_used",
            "passkey_added",
            "passkey_removed",
        ),
    ),
    "export": Kind("archives", ("ready", "failed")),
    # Why what one has scheduled was not published.
    "schedule": Kind("scheduled", FAILURES[:-1]),
    # About oneself: what was decided, how it ended, how an appeal was answered.
    "decision": Kind(
        "moderation",
        (
            *("warn", "require_note", "hide_posts", "silence", "suspend"),
            *("lifted", "undone", "upheld", "overturned"),
        ),
    ),
    # About what one has reported.
    "report": Kind("moderation", ("acted", "nothing")),
}
CHOOSABLE = {name: kind for name, kind in KINDS.items() if kind.choices}


class Notification(Model):
    """One notification of one user; `payload` holds what is specific to its kind."""

    __table_args__ = (
        one_of("name", KINDS),
        sa.Index("ix_notification_user_id_id", "user_id", "id"),
        sa.Index("ix_notification_user_id_read_at", "user_id", "read_at"),
        sa.Index("ix_notification_actor_id_post_id", "actor_id", "post_id"),
        sa.Index("ix_notification_post_id_id", "post_id", "id"),
        sa.Index("ix_notification_created_at", "created_at"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(128))
    user_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    actor_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    post_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("post.id", ondelete="CASCADE"))
    payload: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # When what it is about was taken back. That may happen again, but notifies nobody again.
    hidden_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    actor: Mapped[User | None] = relationship(lazy="raise", foreign_keys=actor_id)

    @classmethod
    def for_user(cls, user: User) -> sa.Select[Notification]:
        """The notifications that are shown to `user`, with their actors."""
        own = sa.select(cls).where(cls.user_id == user.id, cls.is_shown_to(user, utcnow()))
        return own.where(cls.hidden_at.is_(None)).options(joinedload(cls.actor))

    @classmethod
    def is_shown_to(
        cls, user: User, now: datetime | sa.BindParameter[datetime]
    ) -> sa.ColumnElement[bool]:
        """The condition that neither a block nor a mute hides its actor from `user`."""
        muted = Mute.ids_muted_by(user, now).where(Mute.hides_notifications)
        is_hidden = sa.or_(Block.stands_between(user, cls.actor_id), cls.actor_id.in_(muted))
        return sa.or_(cls.actor_id.is_(None), ~is_hidden)


class NotificationGroup(Model):
    """What lists, badges and polls show: one notification, or those of one post, kind and day.

    So 20,000 likes of a post cost one row, and single ones are still there.
    """

    __table_args__ = (
        one_of("name", KINDS),
        sa.Index(
            "ix_notification_group_of",
            *("user_id", "name", "post_id", "day"),
            unique=True,
            sqlite_where=sa.text("day IS NOT NULL"),
            postgresql_where=sa.text("day IS NOT NULL"),
        ),
        sa.Index("ix_notification_group_user_id_newest_id", "user_id", "newest_id"),
        sa.Index("ix_notification_group_user_id_read_at", "user_id", "read_at"),
        sa.Index("ix_notification_group_newest_id", "newest_id"),
        sa.Index("ix_notification_group_post_id", "post_id"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(128))
    user_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    post_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("post.id", ondelete="CASCADE"))
    # The beginning of the day (UTC) whose notifications stand together; NULL: it stands alone.
    day: Mapped[datetime | None] = mapped_column(UTCDateTime)
    count: Mapped[int] = mapped_column(default=1)
    # Its place in the list.
    newest_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("notification.id", ondelete="CASCADE"))
    # When the newest one came.
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # When an email about it was queued, one at most.
    mailed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    newest: Mapped[Notification] = relationship(lazy="raise")

    @classmethod
    def for_user(cls, user: User) -> sa.Select[NotificationGroup]:
        """The groups that are shown to `user`, each by a seek that ends at the first one shown."""
        now = utcnow()
        one = sa.select(sa.literal(1)).where(Notification.is_shown_to(user, now)).limit(1)
        alone = one.where(Notification.id == cls.newest_id)
        some = one.where(*cls.members(Notification))
        if db.engine.dialect.name == "sqlite":
            some = some.where(Notification.post_id == cls.post_id)
        else:
            # By a range of the index, since PostgreSQL may read all of a post.
            some = some.where(Notification.post_id.between(cls.post_id, cls.post_id))
            some = some.order_by(Notification.post_id.desc())
        some = some.order_by(Notification.id.desc())
        shown = sa.case((cls.day.is_(None), alone.scalar_subquery()), else_=some.scalar_subquery())
        # PostgreSQL expects nearly every row to differ from a number. If it expected few to be
        # shown, it would look at all of them and then sort.
        return sa.select(cls).where(cls.user_id == user.id, sa.func.coalesce(shown, 0) != 0)

    @classmethod
    def members(cls, row: type[Notification]) -> tuple[sa.ColumnElement[bool], ...]:
        """The conditions on notifications of its post to be in a group of several."""
        return (
            row.id <= cls.newest_id,
            row.created_at >= cls.day,
            row.name == cls.name,
            row.hidden_at.is_(None),
        )
