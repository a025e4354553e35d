"""Reposts: repeat a post to one's followers, take it back, and who repeats one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from app.database.cursor import Cursor
from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Block, Notification, Post, PostCount, User
from app.models.posts.entry import (
    Entry,
    entries_in,
    nearest_entries,
    reposts_of,
    select_entries,
)
from app.policies import may_repost
from app.services.errors import NotAllowedError, NotRepostableError
from app.services.messages import notification_groups, notifications
from app.services.posts import counts


def repost(person: User, post: Post) -> bool:
    """Repost a post. Returns whether that is new.

    Raises NotRepostableError for what is for followers, or NotAllowedError.
    """
    # Nobody narrows it before this is written.
    db.session.refresh(post, ["visibility"], with_for_update={"read": True})
    if post.visibility == "followers":
        raise NotRepostableError(post.id)
    if not may_repost(person, post):
        raise NotAllowedError
    row = insert(Post).values(
        author_id=person.id,
        repost_of_id=post.id,
        reply_to_author_id=post.author_id,
        body="",
        html="",
        visibility="public",
        created_at=utcnow(),
    )
    # Of twenty clicks at once, one inserts a row and counts.
    again = row.on_conflict_do_nothing(
        index_elements=[Post.repost_of_id, Post.author_id],
        index_where=sa.text("repost_of_id IS NOT NULL"),
    )
    if db.session.scalar(again.returning(Post.id)) is None:
        return False
    notifications.repost(person, post)
    counts.add(post.id, PostCount.reposts_count)
    return True


def unrepost(person: User, post_id: int) -> bool:
    """Take a repost back, also of what one may read no more. Returns whether there was one."""
    mine = sa.delete(Post).where(Post.author_id == person.id, Post.repost_of_id == post_id)
    mine = mine.execution_options(synchronize_session=False)
    if db.session.scalar(mine.returning(Post.id)) is None:
        return False
    notifications.unrepost(person, post_id)
    counts.take(PostCount.reposts_count, {post_id: 1})
    return True


def end_between(person: User, others: Sequence[User]) -> None:
    """Take back what `person` reposted of these people, and they of them, as a block does."""
    if not others:
        return
    ids = [other.id for other in others]
    author, of = Post.author_id, Post.reply_to_author_id
    is_between = sa.or_(
        sa.and_(author == person.id, of.in_(ids)), sa.and_(author.in_(ids), of == person.id)
    )
    rows = sa.delete(Post).where(Post.repost_of_id.is_not(None), is_between)
    rows = rows.execution_options(synchronize_session=False)
    ended = db.session.execute(rows.returning(Post.author_id, Post.repost_of_id)).all()
    for author_id in sorted({row.author_id for row in ended}):
        theirs = [row.repost_of_id for row in ended if row.author_id == author_id]
        notification_groups.hide(
            Notification.actor_id == author_id,
            Notification.post_id.in_(theirs),
            Notification.name == "repost",
        )
    counts.take(PostCount.reposts_count, Counter(row.repost_of_id for row in ended))


def posts_page(author: User, viewer: User | None, cursor: Cursor) -> list[Entry]:
    """A page of what `author` reposted and `viewer` may read, the latest repost first."""
    now = utcnow()
    found = reposts_of(author, viewer, cursor, now).subquery()
    chosen = nearest_entries(found, viewer, cursor, now).subquery()
    return entries_in(select_entries(viewer, chosen, cursor))


def people_page(post: Post, viewer: User | None, cursor: Cursor) -> list[Post]:
    """A page of the reposts of a post that `viewer` may see, with the people; latest first."""
    rows = sa.select(Post).join(Post.author).where(User.visibility_clause(None))
    if viewer is not None:
        rows = rows.where(~Block.stands_between(viewer, User.id))
    rows = rows.options(contains_eager(Post.author))
    return list(db.session.scalars(cursor.along(rows, Post.repost_of_id, post.id, Post.id)))


def numbers_of(person: sa.ColumnElement[bool]) -> dict[int, dict[int, int]]:
    """Which posts the people for whom `person` is true repost: 1 for each, by person and post."""
    rows = sa.select(Post.author_id, Post.repost_of_id).join(User, User.id == Post.author_id)
    found: dict[int, dict[int, int]] = {}
    for user_id, post_id in db.session.execute(rows.where(person, Post.repost_of_id.is_not(None))):
        found.setdefault(user_id, {})[post_id or 0] = 1
    return found
