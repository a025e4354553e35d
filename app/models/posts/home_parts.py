"""What homes have beside posts: replies to others, reposts, and posts with followed tags.

Read no further than the last of the posts of a page: only replies among the people whom the reader
follows belong in their home, and somebody may write many that do not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, get_args

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.database.cursor import Cursor
from app.extensions import db
from app.models.community.follow import Follow, HomePart
from app.models.community.tag_follow import TagFollow
from app.models.posts.entry import Now, is_shown
from app.models.posts.post import Post, PostTag
from app.models.posts.readers import visibility_clause

if TYPE_CHECKING:
    from app.models.accounts.user import User

# The ids between which they are sought, without these.
Window = tuple[Any, Any]
# How much is read of what one author replies to others and reposts; of the rest, replies are found
# by whom they answer, and as many reposts as a page has. More than any page has.
ANSWERS_READ = 125


def rows_beside(
    circle: sa.CTE, reader: User, cursor: Cursor, window: Window, now: Now
) -> list[sa.Select[int, int]]:
    """Selects of ids, and of those of the posts themselves, as `nearest_entries` takes them.

    `circle` has the ids of those whom `reader` follows, and of the reader.
    """
    read = _answers_read(circle, reader, cursor, window).cte("answers_read")
    read = read.prefix_with("MATERIALIZED")
    # Asked once for each of them, and not for each whom they may have answered.
    choices = (_shows(reader, part, read.c.author_id) for part in get_args(HomePart))
    answerers = sa.select(read.c.author_id, *choices).group_by(read.c.author_id)
    busy = answerers.having(sa.func.count() == ANSWERS_READ).cte("busy")
    return [
        sa.select(read.c.id, read.c.original_id).where(read.c.belongs),
        _replies_of_busy(busy, circle, reader, cursor, window),
        _own_replies(busy, reader, cursor, window),
        _reposts_of_busy(busy, reader, cursor, window, now),
        _tagged(reader, cursor, window, now),
    ]


def _answers_read(
    circle: sa.CTE, reader: User, cursor: Cursor, window: Window
) -> sa.Select[int, int, int, bool]:
    """What each of the circle of `reader` replies to others or reposts: the nearest ANSWERS_READ.

    In rows of who does, the id, that of the post itself, and whether it belongs in the home.
    """
    author = circle.alias("answerer")

    def own(post: Any) -> tuple[sa.ColumnElement[bool], ...]:
        is_answer = post.reply_to_author_id.is_not(None)
        is_visible = visibility_clause(post, reader, with_reposts=True)
        return (is_answer, *_written(author.c.author_id, post, window), is_visible)

    found, columns = _nearest(author, own, cursor, ANSWERS_READ)
    is_mine = author.c.author_id == reader.id
    is_among = columns.reply_to_author_id.in_(sa.select(circle.c.author_id))
    belongs = sa.case(
        (columns.repost_of_id.is_not(None), _shows(reader, "reposts", author.c.author_id)),
        else_=sa.and_(sa.or_(is_mine, is_among), _shows(reader, "replies", author.c.author_id)),
    ).label("belongs")
    original_id = sa.func.coalesce(columns.repost_of_id, columns.id).label("original_id")
    rows = sa.select(author.c.author_id, columns.id, original_id, belongs).select_from(found)
    return rows.where(columns.id.is_not(None))


def _shows(reader: User, part: HomePart, author_id: sa.ColumnElement[int]) -> sa.Label[bool]:
    """Whether the home of `reader` has this part of what somebody does: all of their own."""
    is_on = reader.home_has_reposts if part == "reposts" else reader.home_has_replies
    is_left_in = author_id.not_in(Follow.ids_without(reader, part)) if is_on else sa.false()
    return sa.or_(author_id == reader.id, is_left_in).label(f"shows_{part}")


def _replies_of_busy(
    busy: sa.CTE, circle: sa.CTE, reader: User, cursor: Cursor, window: Window
) -> sa.Select[int, int]:
    """What the circle is replied by those of whom not all was read."""
    author, addressee = busy.alias("replier"), circle.alias("addressee")

    def own(post: Any) -> tuple[sa.ColumnElement[bool], ...]:
        is_pairs = post.reply_to_author_id == addressee.c.author_id
        is_visible = visibility_clause(post, reader)
        return (is_pairs, *_written(author.c.author_id, post, window), is_visible)

    pairs = sa.join(author, addressee, sa.true())
    found, columns = _nearest(pairs, own, cursor, cursor.limit)
    rows = sa.select(columns.id, columns.id).select_from(found)
    return rows.where(author.c.shows_replies)


def _own_replies(busy: sa.CTE, reader: User, cursor: Cursor, window: Window) -> sa.Select[int, int]:
    """The nearest replies by `reader`, to whomever, if not all of theirs was read."""
    author = busy.alias("own")

    def own(post: Any) -> tuple[sa.ColumnElement[bool], ...]:
        is_answer, is_visible = (
            post.reply_to_author_id.is_not(None),
            visibility_clause(post, reader),
        )
        return (is_answer, *_written(author.c.author_id, post, window), is_visible)

    found, columns = _nearest(author, own, cursor, cursor.limit)
    rows = sa.select(columns.id, columns.id).select_from(found)
    return rows.where(author.c.author_id == reader.id)


def _reposts_of_busy(
    busy: sa.CTE, reader: User, cursor: Cursor, window: Window, now: Now
) -> sa.Select[int, int]:
    """The nearest reposts by those of whom not all was read."""
    author = busy.alias("reposter")

    def own(post: Any) -> tuple[sa.ColumnElement[bool], ...]:
        is_repost = post.repost_of_id.is_not(None)
        is_open = is_shown(post.repost_of_id, reader, now)
        return (is_repost, *_written(author.c.author_id, post, window), is_open)

    found, columns = _nearest(author, own, cursor, cursor.limit)
    rows = sa.select(columns.id, columns.repost_of_id).select_from(found)
    return rows.where(author.c.shows_reposts)


def _tagged(reader: User, cursor: Cursor, window: Window, now: Now) -> sa.Select[int, int]:
    """The nearest posts with tags that `reader` follows, without replies to others."""
    low, high = window
    followed = sa.select(TagFollow.tag).where(TagFollow.user_id == reader.id).subquery("followed")
    own = sa.select(PostTag.post_id).where(
        PostTag.tag == followed.c.tag,
        PostTag.post_id > low,
        PostTag.post_id < high,
        is_shown(PostTag.post_id, reader, now, with_replies=False),
    )
    own = own.order_by(cursor.order(PostTag.post_id)).limit(cursor.limit)
    if db.engine.dialect.name == "postgresql":
        read = own.lateral("tagged")
        return sa.select(read.c.post_id, read.c.post_id).select_from(followed.join(read, sa.true()))
    post = aliased(Post, name="tagged")
    return sa.select(post.id, post.id).select_from(followed.outerjoin(post, post.id.in_(own)))


def _nearest(
    people: sa.FromClause, conditions: Callable[[Any], tuple[Any, ...]], cursor: Cursor, limit: int
) -> tuple[sa.FromClause, Any]:
    """Each of `people` with their `limit` posts nearest to the cursor, and the columns of these."""
    columns = Post.id, Post.reply_to_author_id, Post.repost_of_id
    own = sa.select(*columns).where(*conditions(Post))
    own = own.order_by(cursor.order(Post.id))
    if db.engine.dialect.name == "postgresql":
        read = own.limit(limit).lateral()
        return people.join(read, sa.true()), read.c
    # Without LATERAL: by their ids. With a range of ids as in `_ranged`, SQLite would read all that
    # an author replies for each addressee.
    reply = aliased(Post)
    return people.outerjoin(reply, reply.id.in_(own.with_only_columns(Post.id).limit(limit))), reply


def _written(
    author: sa.ColumnElement[int], post: type[Post], window: Window
) -> tuple[sa.ColumnElement[bool], ...]:
    """That a post is by `author` and in the window."""
    low, high = window
    return post.author_id == author, post.id > low, post.id < high
