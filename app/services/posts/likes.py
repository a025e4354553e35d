"""Likes: give one, take it back, and who likes a post."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from app.database.cursor import Cursor
from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Block, Like, Post, PostCount, User
from app.policies import may_like
from app.services.errors import NotAllowedError
from app.services.messages import notifications
from app.services.posts import counts


def like(person: User, post: Post) -> bool:
    """Like a post. Returns whether that is new. Raises NotAllowedError for one's own."""
    if not may_like(person, post):
        raise NotAllowedError
    row = insert(Like).values(user_id=person.id, post_id=post.id, created_at=utcnow())
    # Of twenty clicks at once, one inserts a row and counts.
    if db.session.scalar(row.on_conflict_do_nothing().returning(Like.id)) is None:
        return False
    notifications.like(person, post)
    counts.add(post.id, PostCount.likes_count)
    return True


def unlike(person: User, post_id: int) -> bool:
    """Take a like back, also of a post that one may read no more. Returns whether there was one."""
    mine = sa.delete(Like).where(Like.user_id == person.id, Like.post_id == post_id)
    if db.session.scalar(mine.returning(Like.id)) is None:
        return False
    notifications.unlike(person, post_id)
    counts.take(PostCount.likes_count, {post_id: 1})
    return True


def people_page(post: Post, viewer: User | None, cursor: Cursor) -> list[Like]:
    """A page of the likes of a post that `viewer` may see, with the people; latest first."""
    rows = sa.select(Like).join(Like.user)
    rows = rows.where(User.visibility_clause(None))
    if viewer is not None:
        rows = rows.where(~Block.stands_between(viewer, User.id))
    rows = rows.options(contains_eager(Like.user))
    return list(db.session.scalars(cursor.along(rows, Like.post_id, post.id, Like.id)))


def numbers_of(person: sa.ColumnElement[bool]) -> dict[int, dict[int, int]]:
    """Which posts the people for whom `person` is true like: 1 for each, by person and post."""
    rows = sa.select(Like.user_id, Like.post_id).join(User, User.id == Like.user_id).where(person)
    found: dict[int, dict[int, int]] = {}
    for user_id, post_id in db.session.execute(rows):
        found.setdefault(user_id, {})[post_id] = 1
    return found
