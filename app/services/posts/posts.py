"""Posts: publish, edit, delete, restore, and pages of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from app.database.cursor import Cursor
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Bookmark, Like, Post, PostRevision, PostTag, User
from app.models.accounts.user import FOR_GOOD
from app.models.base import Id, UTCDateTime
from app.models.posts.readers import open_clause
from app.services.errors import GoneError, RepeatedPostError
from app.services.messages import notifications
from app.services.posts import (
    counts,
    mentions,
    pins,
    reply_rules,
    search_index,
    threads,
    visibilities,
)
from app.services.posts.composition import Composed, compose_in
from app.services.posts.mentions import Mentioned

PURGE_AFTER = timedelta(days=30)
REPEAT_AFTER = timedelta(minutes=10)
REPEATS_LOOKED_AT = 50
VERSIONED_COLUMNS = (
    *("title", "body", "html", "language", "content_note"),
    *("edited_at", "deleted_at"),
)
# Read again when a post is edited.
EDITED_COLUMNS = (*VERSIONED_COLUMNS, "hidden_at", "visibility", "audience_id")


def publish(
    author: User,
    new: Composed,
    parent: Post | None = None,
    *,
    visibility: str | None = None,
    replies_from: str = "everyone",
) -> Post:
    """Publish a composed post, as a reply to `parent` if there is one.

    Without a `visibility` it has the one that the author prefers. `replies_from`: who may reply in
    a thread that begins with it.
    """
    post = Post(author_id=author.id, created_at=utcnow())
    post.replies_from = replies_from if parent is None else "everyone"
    visibilities.choose(post, author, visibility, parent)
    if parent is not None:
        threads.attach(post, parent)
    people = mentions.find(new.mentions, author.id)
    _write(post, new, people)
    db.session.add(post)
    db.session.flush()
    _tag(post, new)
    search_index.index_post(post, new.text, new.tags)
    # Few see what a silenced person writes, so nobody else learns that they do.
    is_shown = post.is_public and not author.is_silenced
    _update_posts_count(author.id, 1, posted_on=post.created_at.date() if is_shown else None)
    if parent is not None and post.hidden_at is None:
        notifications.reply(post, parent)
    _mention(post, new, people)
    threads.count(post, 1)
    set_committed_value(post, "counts", None)
    return post


def publish_new(
    author: User,
    new: Composed,
    parent: Post | None = None,
    *,
    visibility: str | None = None,
    replies_from: str = "everyone",
) -> Post:
    """Publish a composed post, unless it repeats one.

    Raises RepeatedPostError, or RepliesClosedError where the author may not reply.

    Whoever goes back and presses the button again rarely means to say it twice.
    """
    if parent is not None:
        reply_rules.check(author, parent)
    # Of two concurrent requests, the second sees the post of the first.
    # Not against foreign keys: each has a row already that refers to the author.
    of_author = sa.select(User.id).where(User.id == author.id)
    db.session.execute(of_author.with_for_update(key_share=True))
    values = {"author": author.id, "since": utcnow() - REPEAT_AFTER}
    values |= {"body": new.body, "title": new.title, "parent": parent.id if parent else None}
    repeated = db.session.scalar(_repeated(), values)
    if repeated is not None:
        raise RepeatedPostError(repeated)
    return publish(author, new, parent, visibility=visibility, replies_from=replies_from)


def publish_thread(
    author: User,
    thread: Sequence[Composed],
    parent: Post | None = None,
    *,
    visibility: str | None = None,
    replies_from: str = "everyone",
) -> Post:
    """Publish a post and those that follow it, all or none; returns the first one.

    Raises what `publish_new` does.
    """
    opening, *others = thread
    first = last = publish_new(
        author, opening, parent, visibility=visibility, replies_from=replies_from
    )
    for new in others:
        last = publish(author, new, last, visibility=visibility)
    return first


# To build it takes longer than to run it, while other writers wait.
@lru_cache
def _repeated() -> sa.Select[int]:
    """The post of an author that said the same a moment ago."""
    # Of the newest alone, since no index has times, and nobody may publish more in that time.
    texts = Post.id, Post.created_at, Post.deleted_at, Post.body, Post.title, Post.reply_to_id
    newest = sa.select(*texts).where(
        Post.author_id == sa.bindparam("author", type_=Id), Post.repost_of_id.is_(None)
    )
    recent = newest.order_by(Post.id.desc()).limit(REPEATS_LOOKED_AT).subquery()
    same = sa.select(recent.c.id).where(
        recent.c.created_at > sa.bindparam("since", type_=UTCDateTime()),
        recent.c.deleted_at.is_(None),
        recent.c.body == sa.bindparam("body", type_=sa.Text),
        recent.c.title.is_not_distinct_from(sa.bindparam("title", type_=sa.Text)),
        # The same words under different posts are different replies.
        recent.c.reply_to_id.is_not_distinct_from(sa.bindparam("parent", type_=Id)),
    )
    return same.limit(1)


def edit(post: Post, new: Composed, *, visibility: str | None = None) -> bool:
    """Change a post and save its previous version. Returns False when nothing changed.

    Correcting only the language, or who sees it, makes no new version. Raises GoneError if the post
    was deleted, or WiderVisibilityError if more people were to see it.
    """
    # Of two concurrent edits the later one saves the version of the earlier one.
    # Not against foreign keys, which rows that others write now may have.
    db.session.refresh(post, EDITED_COLUMNS, with_for_update={"key_share": True})
    if post.deleted_at is not None:
        raise GoneError
    narrowed = None if visibility == post.visibility else visibility
    before = (post.body, post.title, post.content_note)
    is_new_version = (new.body, new.title, new.note) != before
    if not is_new_version and narrowed is None and new.language == post.language:
        return False
    if is_new_version:
        _save_version(post)
        post.edited_at = utcnow()
        db.session.execute(sa.delete(PostTag).where(PostTag.post_id == post.id))
    people = mentions.find(new.mentions, post.author_id, post)
    _write(post, new, people)
    db.session.flush()
    if is_new_version:
        _tag(post, new)
        _mention(post, new, people)
    if narrowed is not None:
        visibilities.narrow(post, narrowed)
    search_index.index_post(post, new.text, new.tags)
    return True


def delete(post: Post) -> None:
    """Hide a post; it can be restored until it is purged. Raises GoneError."""
    _set_deleted(post, utcnow(), Post.deleted_at.is_(None))
    search_index.remove_post(post)
    _count(post, -1)


def restore(post: Post) -> None:
    """Undo a deletion. Raises GoneError when there is nothing to undo."""
    _set_deleted(post, None, Post.deleted_at.is_not(None))
    pins.keep_to_limit(post)
    composed = compose_in(post.language, post.body, title=post.title or "")
    search_index.index_post(post, composed.text, composed.tags)
    _count(post, 1)


def unreadable(post_id: int, viewer: User | None) -> tuple[Post | None, bool, bool]:
    """A post that `viewer` may not read.

    Also whether its author is suspended without an end, and whether it was deleted and has replies,
    as an erased one may have too. Of a post that never was for the viewer, neither is known.
    """
    # From a row that is always there: of an erased post only the replies are left.
    always = sa.select(sa.literal(1).label("one")).subquery()
    was_open = open_clause(Post, viewer)
    replied = sa.and_(
        sa.or_(Post.id.is_(None), sa.and_(Post.deleted_at.is_not(None), was_open)),
        threads.has_replies(post_id, viewer),
    )
    row = sa.select(Post, User.suspended_until, was_open, replied).select_from(always)
    row = row.outerjoin(Post, Post.id == post_id).outerjoin(User, User.id == Post.author_id)
    post, suspended_until, is_known, is_replied = db.session.execute(row).one()
    return post, bool(is_known) and suspended_until == FOR_GOOD, bool(is_replied)


def purge() -> int:
    """Erase posts that were deleted long enough ago. Returns how many."""
    old = sa.delete(Post).where(Post.deleted_at < utcnow() - PURGE_AFTER)
    ids = db.session.scalars(old.returning(Post.id)).all()
    search_index.enqueue("post", ids)
    return len(ids)


def page(posts: sa.Select[Post], cursor: Cursor) -> list[Post]:
    """A page of `posts` by id."""
    return list(db.session.scalars(cursor.apply(posts, Post.id)))


def tagged_page(tag: str, viewer: User | None, cursor: Cursor) -> list[Post]:
    """A page of the posts with #`tag` (a folded key) that lists show `viewer`."""
    return list(db.session.scalars(cursor.apply(Post.tagged(tag, viewer), PostTag.post_id)))


def marked_page(
    viewer: User, mark: type[Like] | type[Bookmark], cursor: Cursor
) -> Sequence[sa.Row[Post, int]]:
    """A page of the posts that `viewer` likes or keeps, the latest first, as (Post, mark_id)."""
    rows = Post.marked_by(viewer, mark)
    return db.session.execute(cursor.along(rows, mark.user_id, viewer.id, mark.id)).all()


def _write(post: Post, new: Composed, people: Mapping[str, Mentioned]) -> None:
    post.body, post.title, post.language = new.body, new.title, new.language
    post.html = new.html(mentions.usernames(people))
    post.content_note = new.note


def _mention(post: Post, new: Composed, people: Mapping[str, Mentioned]) -> None:
    mentions.save((post.id, name, who.user_id) for name, who in people.items())
    # Nobody else sees what moderators hide.
    if post.hidden_at is None:
        named = [people[name].user_id for name in new.mentions if name in people]
        notifications.mention(post, named)


def _tag(post: Post, new: Composed) -> None:
    # Lists of tags have nothing else.
    tags = new.tags if post.is_public else ()
    rows = [{"post_id": post.id, "tag": tag} for tag in tags]
    if rows:
        db.session.execute(sa.insert(PostTag), rows)


def _save_version(post: Post) -> None:
    db.session.add(
        PostRevision(
            post_id=post.id,
            title=post.title,
            body=post.body,
            html=post.html,
            language=post.language,
            content_note=post.content_note,
            written_at=post.edited_at or post.created_at,
        )
    )


def _set_deleted(post: Post, deleted_at: object, condition: sa.ColumnElement[bool]) -> None:
    # The UPDATE is the claim: of two concurrent clicks, one counts.
    claim = sa.update(Post).where(Post.id == post.id, condition).values(deleted_at=deleted_at)
    if db.session.scalar(claim.returning(Post.id)) is None:
        raise GoneError


def _count(post: Post, step: int) -> None:
    """Count a post that went (-1) or came back (1)."""
    _update_posts_count(post.author_id, step, counts.last_day())
    threads.count(post, step)


def _update_posts_count(author_id: int, step: int, posted_on: Any = None) -> None:
    values: dict[str, Any] = {"posts_count": User.posts_count + step}
    if posted_on is not None:
        values["last_posted_on"] = posted_on
    db.session.execute(sa.update(User).where(User.id == author_id).values(values))
