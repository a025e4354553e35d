"""Posts, their earlier versions and their tags, and the selects that every list starts from."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import (
    Mapped,
    joinedload,
    mapped_column,
    query_expression,
    relationship,
    with_expression,
)

from app.database.index_hints import indexed_by
from app.lib.dates import utcnow
from app.lib.entities import TAG_MAX
from app.lib.search.documents import BUCKET_BITS
from app.models.base import (
    PERMANENT_IDS,
    Id,
    Model,
    UTCDateTime,
    id_value,
    length_check,
    one_of,
    stored_length,
)
from app.models.community.mute import Mute
from app.models.posts.bookmark import Bookmark
from app.models.posts.like import Like
from app.models.posts.readers import IsReposted, NameShown, readable_clause, visibility_clause
from app.models.posts.reply_rule import MayReply

if TYPE_CHECKING:
    from app.models.accounts.user import User

# From the widest to the narrowest.
VISIBILITIES = ("public", "unlisted", "followers")
REPLIES_FROM = ("everyone", "followed", "mentioned", "nobody")
TITLE_MAX = 120
BODY_MAX = 10_000
CONTENT_NOTE_MAX = 100


_IS_OPEN = "reply_to_author_id IS NULL AND visibility <> 'followers'"
# A reply to somebody else.
_IS_ANSWER = "reply_to_author_id IS NOT NULL AND repost_of_id IS NULL"


def _index_where(name: str, condition: str, *columns: str, unique: bool = False) -> sa.Index:
    """An index of the rows that meet a condition alone, on either database."""
    where = sa.text(condition)
    return sa.Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


class Post(Model):
    """A post: the source, and the safe HTML rendered from it once."""

    __table_args__ = (
        length_check("title", stored_length(TITLE_MAX), 1),
        length_check("body", stored_length(BODY_MAX)),
        length_check("content_note", stored_length(CONTENT_NOTE_MAX), 1),
        length_check("required_note", stored_length(CONTENT_NOTE_MAX), 1),
        one_of("visibility", VISIBILITIES),
        one_of("replies_from", REPLIES_FROM),
        sa.Index("ix_post_author_id_id", "author_id", "id"),
        # What profiles, homes and Explore show of everybody: neither replies to others nor reposts.
        _index_where("ix_post_home", "reply_to_author_id IS NULL", "author_id", "id"),
        _index_where(
            "ix_post_public", "reply_to_author_id IS NULL AND visibility = 'public'", "id"
        ),
        # What profiles show visitors: of some authors nearly everything is for followers.
        _index_where("ix_post_open", _IS_OPEN, "author_id", "id"),
        # What homes show apart from that: replies to others and reposts.
        _index_where("ix_post_answers", "reply_to_author_id IS NOT NULL", "author_id", "id"),
        _index_where("ix_post_answered", _IS_ANSWER, *("author_id", "reply_to_author_id", "id")),
        _index_where("ix_post_replies", _IS_ANSWER, "author_id", "id"),
        _index_where("ix_post_reposts", "repost_of_id IS NOT NULL", "author_id", "id"),
        _index_where("ix_post_reply_to_id_id", "reply_to_id IS NOT NULL", "reply_to_id", "id"),
        _index_where("ix_post_root_id_id", "root_id IS NOT NULL", "root_id", "id"),
        # Replies whose parent was erased stand below the first post; nearly always there are none.
        _index_where(
            "ix_post_orphan", "root_id IS NOT NULL AND reply_to_id IS NULL", "root_id", "id"
        ),
        _index_where("ix_post_folded", "folded_at IS NOT NULL", "root_id", "id"),
        _index_where("ix_post_pinned", "pinned_at IS NOT NULL", "author_id", "id"),
        _index_where("ix_post_audience_id", "audience_id IS NOT NULL", "audience_id"),
        # Who reposted a post.
        _index_where("ix_post_repost_of_id_id", "repost_of_id IS NOT NULL", "repost_of_id", "id"),
        _index_where(
            "ix_post_repost_of_id_author_id",
            "repost_of_id IS NOT NULL",
            *("repost_of_id", "author_id"),
            unique=True,
        ),
        # Of all posts, it would lead SQLite to every live one instead of those of an author.
        sa.Index(
            "ix_post_deleted_at",
            "deleted_at",
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        ),
        # The time within a bucket of ids, by which a search skips what is outside its period.
        sa.Index("ix_post_bucket_created_at", sa.text(f"(id >> {BUCKET_BITS})"), "created_at"),
        PERMANENT_IDS,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    author_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("user.id", ondelete="CASCADE"))
    title: Mapped[str | None] = mapped_column(sa.String(stored_length(TITLE_MAX)))
    body: Mapped[str] = mapped_column(sa.Text)
    html: Mapped[str] = mapped_column(sa.Text)
    language: Mapped[str | None] = mapped_column(sa.String(5))
    visibility: Mapped[str] = mapped_column(sa.String(16), default="public")
    # Whose followers may read it, where only followers may.
    audience_id: Mapped[int | None] = mapped_column(
        Id, sa.ForeignKey("user.id", ondelete="SET NULL")
    )
    # The post that it answers: NULL at the top of a thread, or when that post was erased.
    reply_to_id: Mapped[int | None] = mapped_column(
        Id, sa.ForeignKey("post.id", ondelete="SET NULL")
    )
    # The number of its thread, which is the first post's, also when that is erased. NULL: not a
    # reply.
    root_id: Mapped[int | None] = mapped_column(Id)
    # Whom it answers, or whose post it reposts. NULL at the top, and where somebody goes on with a
    # thread of their own: lists without replies to others ask for nothing else.
    reply_to_author_id: Mapped[int | None] = mapped_column(Id)
    repost_of_id: Mapped[int | None] = mapped_column(
        Id, sa.ForeignKey("post.id", ondelete="CASCADE")
    )
    # Who may reply in the thread that begins with it.
    replies_from: Mapped[str] = mapped_column(
        sa.String(16), default="everyone", server_default="everyone"
    )
    # A word before: what it is about folds away below.
    content_note: Mapped[str | None] = mapped_column(sa.String(stored_length(CONTENT_NOTE_MAX)))
    # By moderators, in its place; `enforcement` alone sets it.
    required_note: Mapped[str | None] = mapped_column(sa.String(stored_length(CONTENT_NOTE_MAX)))
    # By the first author of its thread, at whose end it then stands.
    folded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    imported_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    pinned_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    edited_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # By moderators; only its author still sees it.
    hidden_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # The indexed text; lists do not read it.
    search_text: Mapped[str | None] = mapped_column(sa.Text, deferred=True)
    # Grows with every change of that, so that a later read has the larger version.
    search_version: Mapped[int] = mapped_column(
        sa.BigInteger, default=0, server_default="0", deferred=True
    )

    author: Mapped[User] = relationship(
        lazy="raise", back_populates="posts", foreign_keys=author_id
    )
    counts: Mapped[PostCount | None] = relationship(lazy="raise", viewonly=True)
    # The name of whom it answers, if the viewer may know it. Read by `visible_to` alone.
    replied_username: Mapped[str | None] = query_expression()
    # The name of whose followers may read it, if the viewer may know it. Read for single posts.
    audience_username: Mapped[str | None] = query_expression()
    # Whether the viewer likes it, keeps it, and has reposted it. Read by `visible_to` alone.
    is_liked: Mapped[bool | None] = query_expression()
    is_bookmarked: Mapped[bool | None] = query_expression()
    is_reposted: Mapped[bool | None] = query_expression()
    # Whether the viewer may reply in its thread. Read for pages with a composer alone.
    is_open_to_viewer: Mapped[bool | None] = query_expression()
    # Whether the viewer mutes its author. Read for threads alone; lists leave such posts out.
    is_author_muted: Mapped[bool | None] = query_expression()

    @property
    def replies_count(self) -> int:
        return self.counts.replies_count if self.counts else 0

    @property
    def likes_count(self) -> int:
        return self.counts.likes_count if self.counts else 0

    @property
    def note(self) -> str | None:
        """What stands in the place of its words, until somebody opens it."""
        return self.required_note or self.content_note

    @property
    def reposts_count(self) -> int:
        return self.counts.reposts_count if self.counts else 0

    @property
    def is_reply(self) -> bool:
        return self.root_id is not None

    @property
    def is_public(self) -> bool:
        """Whether lists and searches of everybody have it."""
        return self.visibility == "public"

    @property
    def thread_id(self) -> int:
        """The number of its thread: the id of the first post, which may be itself."""
        return self.root_id or self.id

    @classmethod
    def visibility_clause(cls, viewer: User | None) -> sa.ColumnElement[bool]:
        """The condition on a post under which `viewer` (None: a visitor) may see it.

        For statements that select ids, which must leave out hidden posts. Whether the author is
        hidden, and whether a block stands between, they check once per author.
        """
        return visibility_clause(cls, viewer)

    @classmethod
    def visible_to(cls, viewer: User | None) -> sa.Select[Post]:
        """The posts that `viewer` (None: a visitor) may read, with their authors."""
        posts = sa.select(cls).where(readable_clause(cls, viewer))
        if viewer is not None:
            posts = posts.options(
                with_expression(cls.is_liked, Like.is_by(viewer, cls.id)),
                with_expression(cls.is_bookmarked, Bookmark.is_by(viewer, cls.id)),
                with_expression(cls.is_reposted, IsReposted(id_value(viewer.id), cls.id)),
            )
        ids = (cls.reply_to_author_id, *([id_value(viewer.id)] if viewer else ()))
        return posts.options(
            joinedload(cls.author, innerjoin=True),
            joinedload(cls.counts),
            with_expression(cls.replied_username, NameShown(*ids)),
        )

    @classmethod
    def alone_for(cls, post_id: int, viewer: User | None) -> sa.Select[Post]:
        """The post with this id, if `viewer` may read it, with what pages of one post say of it."""
        ids = (cls.audience_id, *([id_value(viewer.id)] if viewer else ()))
        post = cls.visible_to(viewer).where(cls.id == post_id)
        return post.options(with_expression(cls.audience_username, NameShown(*ids)))

    @classmethod
    def reply_clause(cls, viewer: User) -> sa.ColumnElement[bool]:
        """The condition that the first post of a post's thread lets `viewer` reply."""
        return MayReply(sa.func.coalesce(cls.root_id, cls.id), id_value(viewer.id))

    @classmethod
    def listed_for(cls, viewer: User | None, *, with_own: bool = False) -> sa.Select[Post]:
        """The public posts, which lists of many authors show `viewer`: without those of the muted.

        `with_own`: and all of their own.
        """
        # Written out, since the databases look for a partial index before they know values.
        is_listed = cls.visibility == sa.literal_column("'public'")
        posts = cls.visible_to(viewer)
        if viewer is None:
            return posts.where(is_listed)
        is_muted = Mute.is_muted(viewer, cls.author_id, utcnow())
        if with_own:
            is_listed = sa.or_(is_listed, cls.author_id == viewer.id)
        return posts.where(is_listed, ~is_muted)

    @classmethod
    def explored_by(cls, viewer: User | None) -> sa.Select[Post]:
        """The posts of everybody that are shown to whoever looks around: no replies to others."""
        return cls.listed_for(viewer).where(cls.reply_to_author_id.is_(None))

    @classmethod
    def written_by(cls, author: User, viewer: User | None) -> sa.Select[Post]:
        """The posts on the profile of `author` that `viewer` may read: no replies to others."""
        posts = cls.visible_to(viewer).where(cls.author_id == author.id)
        return posts.where(cls.reply_to_author_id.is_(None))

    @classmethod
    def pinned_by(cls, author: User, viewer: User | None) -> sa.Select[Post]:
        """The posts that `author` pinned to their profile and `viewer` may read."""
        return cls.written_by(author, viewer).where(cls.pinned_at.is_not(None))

    @classmethod
    def replied_by(cls, author: User, viewer: User | None) -> sa.Select[Post]:
        """The replies of `author` to others that `viewer` may read."""
        posts = cls.visible_to(viewer).where(cls.author_id == author.id)
        posts = posts.where(cls.reply_to_author_id.is_not(None))
        return indexed_by(posts, cls, "ix_post_replies")

    @classmethod
    def replying_to(cls, post: Post, viewer: User | None) -> sa.Select[Post]:
        """The replies to `post` that `viewer` may read."""
        return cls.visible_to(viewer).where(cls.reply_to_id == post.id)

    @classmethod
    def marked_by(cls, viewer: User, mark: type[Like] | type[Bookmark]) -> sa.Select[Post, int]:
        """The posts that `viewer` likes, or keeps, and may still read, with the ids of these marks.

        To be listed by `mark.id`.
        """
        # A sum, so that both databases walk along the marks, and not along all posts.
        marked = cls.visible_to(viewer).join(mark, cls.id == mark.post_id + 0)
        return marked.add_columns(mark.id.label("mark_id")).where(mark.user_id == viewer.id)

    @classmethod
    def tagged(cls, tag: str, viewer: User | None) -> sa.Select[Post]:
        """The posts with #`tag` (a folded key) that lists show `viewer`.

        To be listed by `PostTag.post_id`: by `Post.id`, SQLite reads all of them for each page.
        """
        # A sum, so that PostgreSQL walks along the tag too, and not along all posts.
        tagged = cls.listed_for(viewer).join(PostTag, cls.id == PostTag.post_id + 0)
        return tagged.where(PostTag.tag == tag)

    @classmethod
    def deleted_by(cls, author: User) -> sa.Select[Post]:
        """The posts that `author` deleted and may still restore."""
        return sa.select(cls).where(cls.deleted_at.is_not(None), cls.author_id == author.id)


class PostRevision(Model):
    """An earlier version of a post, as it read until `replaced_at`."""

    __table_args__ = (sa.Index("ix_post_revision_post_id_id", "post_id", "id"), PERMANENT_IDS)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    post_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("post.id", ondelete="CASCADE"))
    title: Mapped[str | None] = mapped_column(sa.String(stored_length(TITLE_MAX)))
    body: Mapped[str] = mapped_column(sa.Text)
    html: Mapped[str] = mapped_column(sa.Text)
    language: Mapped[str | None] = mapped_column(sa.String(5))
    content_note: Mapped[str | None] = mapped_column(sa.String(stored_length(CONTENT_NOTE_MAX)))
    written_at: Mapped[datetime] = mapped_column(UTCDateTime)
    replaced_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    @classmethod
    def history_of(cls, post: Post) -> sa.Select[PostRevision]:
        """Earlier versions of `post`, newest first."""
        return sa.select(cls).where(cls.post_id == post.id).order_by(cls.id.desc())


class PostTag(Model):
    """A #tag that a post carries, folded."""

    __table_args__ = (sa.Index("ix_post_tag_tag_post_id", "tag", "post_id"),)

    post_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("post.id", ondelete="CASCADE"), primary_key=True
    )
    tag: Mapped[str] = mapped_column(sa.String(TAG_MAX), primary_key=True)


class PostCount(Model):
    """How often a post was answered, liked and reposted; no row: never.

    Apart from the post, so that none of these writes its text again.
    """

    post_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("post.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    replies_count: Mapped[int] = mapped_column(default=0)
    likes_count: Mapped[int] = mapped_column(default=0)
    reposts_count: Mapped[int] = mapped_column(default=0)
