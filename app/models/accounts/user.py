"""Users: credentials, profile, preferences, counters and follows."""

from __future__ import annotations

from datetime import UTC, date, datetime

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import (
    Mapped,
    WriteOnlyMapped,
    column_property,
    mapped_column,
    relationship,
    validates,
)

from app.database.cursor import Cursor
from app.database.upsert import insert
from app.extensions import db
from app.lib import passwords
from app.lib.dates import utcnow
from app.lib.search.folding import SORT_KEY_MAX, sort_key
from app.lib.tokens import random_token
from app.lib.usernames import USERNAME_MAX, USERNAME_MIN, username_key
from app.models.accounts.passkey import Passkey
from app.models.accounts.role import MEMBER_ID, Role
from app.models.accounts.two_factor import Authenticator
from app.models.base import (
    PERMANENT_IDS,
    Id,
    Model,
    UTCDateTime,
    length_check,
    one_of,
    stored_length,
)
from app.models.community.block import Block
from app.models.community.follow import Follow
from app.models.posts.post import VISIBILITIES, Post
from app.models.posts.timeline import home_of

DISPLAY_NAME_MAX = 50
ABOUT_ME_MAX = 500
EMAIL_MAX = 254
THEMES = ("system", "light", "dark")
MESSAGES_FROM = ("everyone", "followed", "nobody")
# What the version before roles were rows knows of them.
FORMER_ROLES = ("member", "moderator", "admin")
# Ends the key of an address that belongs to another account; no address has this host.
UNOWNED_HOST = "@invalid"
CLOSED = sa.text("closed_at IS NOT NULL")
APPLYING = sa.text("applied_at IS NOT NULL")
SUSPENDED = sa.text("suspended_until IS NOT NULL")
SILENCED = sa.text("silenced_until IS NOT NULL")
# As long as `suspended_until` or `silenced_until` has no end.
FOR_GOOD = datetime(9999, 12, 31, tzinfo=UTC)


class User(Model):
    """A member. Usernames and email addresses are unique regardless of case, by their key."""

    __table_args__ = (
        length_check("username", USERNAME_MAX, USERNAME_MIN),
        length_check("display_name", stored_length(DISPLAY_NAME_MAX)),
        length_check("about_me", stored_length(ABOUT_ME_MAX)),
        length_check("email", EMAIL_MAX),
        # The migration adds COLLATE "C" on PostgreSQL, where some locales fold differently.
        sa.CheckConstraint("username_key = lower(username)", "username_key_folded"),
        one_of("theme", THEMES),
        one_of("role", FORMER_ROLES),
        one_of("messages_from", MESSAGES_FROM),
        one_of("default_visibility", VISIBILITIES),
        # Nearly all are open, so that is no condition to find people by.
        sa.Index("ix_user_closed_at", "closed_at", sqlite_where=CLOSED, postgresql_where=CLOSED),
        sa.Index("ix_user_role_id_id", "role_id", "id"),
        sa.Index(
            "ix_user_applied_at", "applied_at", sqlite_where=APPLYING, postgresql_where=APPLYING
        ),
        sa.Index(
            "ix_user_suspended_until",
            "suspended_until",
            sqlite_where=SUSPENDED,
            postgresql_where=SUSPENDED,
        ),
        sa.Index(
            "ix_user_silenced_until",
            "silenced_until",
            sqlite_where=SILENCED,
            postgresql_where=SILENCED,
        ),
        sa.Index(
            "ix_user_undiscoverable",
            "id",
            sqlite_where=sa.text("is_discoverable = 0"),
            postgresql_where=sa.text("NOT is_discoverable"),
        ),
        sa.Index("ix_user_name_key_id", "name_key", "id"),
        sa.Index("ix_user_followers_count_id", "followers_count", "id"),
        sa.Index("ix_user_last_posted_on_id", "last_posted_on", "id"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    username: Mapped[str] = mapped_column(sa.String(USERNAME_MAX))
    username_key: Mapped[str] = mapped_column(sa.String(USERNAME_MAX), unique=True)
    email: Mapped[str] = mapped_column(sa.String(EMAIL_MAX))
    email_key: Mapped[str] = mapped_column(sa.String(EMAIL_MAX), unique=True)
    email_verified_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    pending_email: Mapped[str | None] = mapped_column(sa.String(EMAIL_MAX))
    password_hash: Mapped[str] = mapped_column(sa.String(256))
    role_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("role.id"), default=MEMBER_ID, server_default=str(MEMBER_ID)
    )
    # For the version before roles were rows, which may still be running beside this one.
    former_role: Mapped[str] = mapped_column("role", sa.String(16), default="member", deferred=True)

    display_name: Mapped[str] = mapped_column(
        sa.String(stored_length(DISPLAY_NAME_MAX)), default=""
    )
    # The folded name, by which people are listed: by code point, as SQLite compares.
    name_key: Mapped[str] = mapped_column(
        sa.String(SORT_KEY_MAX).with_variant(sa.String(SORT_KEY_MAX, "C"), "postgresql"),
        default="",
        server_default=sa.text("''"),
    )
    about_me: Mapped[str] = mapped_column(sa.String(stored_length(ABOUT_ME_MAX)), default="")
    avatar_seed: Mapped[str] = mapped_column(sa.String(32), default=lambda: random_token(12))
    language: Mapped[str | None] = mapped_column(sa.String(5))
    time_zone: Mapped[str | None] = mapped_column(sa.String(64))
    theme: Mapped[str] = mapped_column(sa.String(8), default="system")
    # Whether single keys do something, such as the next post.
    uses_shortcuts: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    shows_last_seen: Mapped[bool] = mapped_column(default=True)
    # Whether others see whom they follow and who follows them, beyond how many.
    hides_follows: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    # Whether people have to ask before they follow.
    approves_followers: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    # Who sees what they write, where they do not say otherwise.
    default_visibility: Mapped[str] = mapped_column(
        sa.String(16), default="public", server_default="public"
    )
    # Whether lists and searches of everybody show them.
    is_discoverable: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    # Whether search engines may list their profile and posts.
    is_indexable: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    # Who may write to them: everyone, those they follow, nobody.
    messages_from: Mapped[str] = mapped_column(
        sa.String(16), default="everyone", server_default="everyone"
    )
    # Whether their home has what others repost, and what they reply.
    home_has_reposts: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    home_has_replies: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    # Another number with every change of their filters; NULL without any, so that pages of people
    # who filter nothing ask no further. Large and random, since a restored backup may go back.
    filters_version: Mapped[int | None] = mapped_column(sa.BigInteger)

    followers_count: Mapped[int] = mapped_column(default=0)
    following_count: Mapped[int] = mapped_column(default=0)
    posts_count: Mapped[int] = mapped_column(default=0)
    # The day (UTC) of the last post that everybody may see. The time of it is nobody's business.
    last_posted_on: Mapped[date | None] = mapped_column(sa.Date)

    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    last_seen: Mapped[datetime | None] = mapped_column(UTCDateTime)
    signed_in_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    email_changed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    renamed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reset_requested_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # Deletion requested: hidden from every list immediately, erased after a grace period.
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # Asked to join, and nobody has let them in yet: see Application.
    applied_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # What moderators decided, by the decisions in force: see `services/moderation/enforcement.py`.
    # Both are emptied soon after the time, which FOR_GOOD never comes.
    suspended_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    silenced_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # The indexed text: their names and what they say about themselves.
    search_text: Mapped[str | None] = mapped_column(sa.Text, deferred=True)
    # Grows with every change of that, so that a later read has the larger version.
    search_version: Mapped[int] = mapped_column(
        sa.BigInteger, default=0, server_default="0", deferred=True
    )

    # Whether there is an authenticator app, or a passkey that works here. Nobody asks of members,
    # so nothing is looked up for them. Read with the session or the token.
    has_second_factor: Mapped[bool] = column_property(
        sa.case(
            (role_id == MEMBER_ID, sa.false()),
            else_=sa.or_(
                sa.exists()
                .where(Authenticator.user_id == id)  # noqa: A003
                .correlate_except(Authenticator),
                sa.exists()
                .where(Passkey.user_id == id, Passkey.works_here())  # noqa: A003
                .correlate_except(Passkey),
            ),
        ),
        deferred=True,
    )

    # Read with the session or the token; the roles of others are read when they matter.
    role: Mapped[Role] = relationship()
    posts: WriteOnlyMapped[Post] = relationship(
        back_populates="author", passive_deletes=True, foreign_keys="Post.author_id"
    )

    @validates("username")
    def _fold_username(self, _: str, username: str) -> str:
        self.username_key = username_key(username)
        self.name_key = sort_key(self.display_name or "", username)
        return username

    @validates("display_name")
    def _fold_display_name(self, _: str, display_name: str) -> str:
        self.name_key = sort_key(display_name, self.username or "")
        return display_name

    @property
    def name(self) -> str:
        """The display name, or the username if it is empty."""
        return self.display_name or self.username

    @property
    def is_verified(self) -> bool:
        return self.email_verified_at is not None

    @property
    def is_applicant(self) -> bool:
        """Whether somebody still has to let them in."""
        return self.applied_at is not None

    @property
    def owns_email(self) -> bool:
        """Whether `email` is theirs; if not, another account has it, and no mail goes there.

        Only somebody who was never verified can be without: so nobody learns which addresses
        are known by asking for one.
        """
        return not self.email_key.endswith(UNOWNED_HOST)

    # Flask-Login needs these; a closed account cannot hold a session.
    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        return self.closed_at is None

    @property
    def is_suspended(self) -> bool:
        """Whether they may do nothing but appeal, take their data along, and leave."""
        return self.suspended_until is not None and self.suspended_until > utcnow()

    @property
    def is_silenced(self) -> bool:
        """Whether only followers see what they write."""
        return self.silenced_until is not None and self.silenced_until > utcnow()

    @property
    def is_present(self) -> bool:
        """Whether others may see them: neither closed nor suspended."""
        return self.closed_at is None and self.suspended_until is None

    def get_id(self) -> str:
        return str(self.id)

    def avatar(self, size: int = 128) -> str:
        """URL of the avatar; it is a vector image, so `size` (pixels) is only a hint."""
        return f"/user/{self.username}/avatar.svg?v={self.avatar_seed[:8]}"

    def set_password(self, password: str) -> None:
        """For `flask shell`, at the default cost; the site hashes before it begins to write."""
        self.password_hash = passwords.hash_password(password, passwords.PasswordCost())

    def check_password(self, password: str) -> bool:
        return passwords.check_password(self.password_hash, password)

    def follow(self, other: User) -> bool:
        """Follow `other` and update the counts. Returns whether it is new; safe in a race."""
        pair = {"follower_id": self.id, "followed_id": other.id, "created_at": utcnow()}
        row = insert(Follow).values(pair).on_conflict_do_nothing().returning(Follow.id)
        is_new = db.session.scalar(row) is not None
        if is_new:
            self._count_follow(other, 1)
        return is_new

    def unfollow(self, other: User) -> bool:
        """Stop following `other`. Returns whether they were followed."""
        row = sa.delete(Follow).where(Follow.follower_id == self.id, Follow.followed_id == other.id)
        was_following = db.session.scalar(row.returning(Follow.id)) is not None
        if was_following:
            self._count_follow(other, -1)
        return was_following

    def _count_follow(self, other: User, step: int) -> None:
        changes = {
            self.id: {User.following_count: User.following_count + step},
            other.id: {User.followers_count: User.followers_count + step},
        }
        # In the order of ids, so that two users who follow each other cannot deadlock.
        for user_id, values in sorted(changes.items()):
            db.session.execute(sa.update(User).where(User.id == user_id).values(values))

    def is_following(self, other: User) -> bool:
        pair = sa.exists().where(Follow.follower_id == self.id, Follow.followed_id == other.id)
        return bool(db.session.scalar(sa.select(pair)))

    def following_posts(self, limit: int = 25) -> list[Post]:
        """The newest posts of this person and of those they follow."""
        return [entry.post for entry in home_of(self, Cursor(limit))]

    @classmethod
    def active(cls) -> sa.Select[User]:
        """Users whose account is open."""
        return sa.select(cls).where(cls.closed_at.is_(None))

    @classmethod
    def presence_clause(cls) -> sa.ColumnElement[bool]:
        """The condition that somebody's account is neither closed nor suspended."""
        return sa.and_(cls.closed_at.is_(None), cls.suspended_until.is_(None))

    @classmethod
    def absent_ids(cls) -> sa.CompoundSelect[int]:
        """The ids of everybody else. They are few, and found by an index each."""
        ends = (cls.closed_at, cls.suspended_until)
        return sa.union_all(*(sa.select(cls.id).where(end.is_not(None)) for end in ends))

    @classmethod
    def visible_to(cls, viewer: User | None) -> sa.Select[User]:
        """The people whom `viewer` (None: a visitor) may know of.

        Nobody sees applicants, nor the suspended. Where addresses must be confirmed, others see
        nobody before that, since they could put anything into their profile. Whoever has posts was
        let in before that was required. Two people between whom a block stands do not see each
        other.
        """
        return sa.select(cls).where(cls.visibility_clause(viewer))

    @classmethod
    def listed_for(cls, viewer: User | None) -> sa.Select[User]:
        """Those of them whom lists and searches of everybody show: who does not mind."""
        return cls.visible_to(viewer).where(cls.is_discoverable)

    @classmethod
    def visibility_clause(cls, viewer: User | None) -> sa.ColumnElement[bool]:
        """The condition of `visible_to`."""
        conditions: list[sa.ColumnElement[bool]]
        conditions = [cls.presence_clause(), cls.applied_at.is_(None)]
        if current_app.config["EMAILS_MUST_BE_VERIFIED"]:
            is_let_in = sa.or_(cls.email_verified_at.is_not(None), cls.posts_count > 0)
            if viewer is not None:
                is_let_in = sa.or_(is_let_in, cls.id == viewer.id)
            conditions.append(is_let_in)
        if viewer is not None:
            conditions.append(~Block.stands_between(viewer, cls.id))
        return sa.and_(*conditions)

    @classmethod
    def hidden_ids(cls, viewer: User | None, *, from_lists: bool = False) -> sa.SelectBase:
        """The ids of those whom neither `viewer` nor visitors may know of.

        With `from_lists`, also of those who do not want to be in lists of everybody.
        They are few: to leave them out of a list is quicker than to look up all the others.
        """
        conditions: list[sa.ColumnElement[bool]]
        conditions = [
            cls.closed_at.is_not(None),
            cls.suspended_until.is_not(None),
            cls.applied_at.is_not(None),
        ]
        if current_app.config["EMAILS_MUST_BE_VERIFIED"]:
            conditions.append(sa.and_(cls.email_verified_at.is_(None), cls.posts_count == 0))
        if from_lists:
            conditions.append(~cls.is_discoverable)
        # One select for each, since each has an index of its own.
        hidden = [sa.select(cls.id).where(condition) for condition in conditions]
        return sa.union_all(*hidden, *(Block.ids_around(viewer) if viewer else ()))

    @classmethod
    def named(cls, username: str) -> sa.Select[User]:
        """The user with this name, in any case, whoever may know of them."""
        return cls.active().where(cls.username_key == username_key(username))

    @classmethod
    def named_for(cls, viewer: User | None, *usernames: str) -> sa.Select[User]:
        """Those with one of these names, in any case, whom `viewer` may know of."""
        keys = [username_key(username) for username in usernames]
        return cls.visible_to(viewer).where(cls.username_key.in_(keys))


class FormerUsername(Model):
    """A previous username: it redirects to its user and is reserved until `released_at`."""

    username_key: Mapped[str] = mapped_column(sa.String(USERNAME_MAX), primary_key=True)
    # NULL when the account was erased: then the name is only reserved.
    user_id: Mapped[int | None] = mapped_column(
        Id, sa.ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    released_at: Mapped[datetime] = mapped_column(UTCDateTime)
