"""Threads: what a post replies to, what is replied to it, and how often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import aliased, with_expression

from app.database.cursor import ID_MAX, Cursor
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Mute, Post, PostCount, User
from app.models.base import Id, UTCDateTime, person_parameter
from app.models.posts.readers import readable_clause
from app.services.posts import counts

# How many posts of the chain above a post are shown at once: of those that the viewer may read.
CHAIN_MAX = 20
# How many replies to a reply are shown below it.
INNER_MAX = 2
# How many replies that are folded away stand at the end of a page; the rest have their own.
FOLDED_MAX = 10


@dataclass
class Reply:
    """A reply on the page of what it replies to, with the first replies to it."""

    post: Post
    inner: list[Post] = field(default_factory=list)

    @property
    def more_count(self) -> int:
        """How many replies to it there are besides those."""
        return max(self.post.replies_count - len(self.inner), 0)


@dataclass(frozen=True)
class Location:
    """Where a post stands in its thread."""

    post_id: int
    parent_id: int | None
    root_id: int | None

    @property
    def thread_id(self) -> int:
        return self.root_id or self.post_id


@dataclass(frozen=True)
class Place:
    """A place in a chain; without a post, `count` in a row that the viewer may not read."""

    post: Post | None
    is_deleted: bool
    count: int = 1


@dataclass(frozen=True)
class Chain:
    """The places above a post, oldest first, and whether there is more to read above these."""

    places: Sequence[Place]
    is_cut: bool


@dataclass(frozen=True)
class Thread:
    """What is shown around a post: oldest first, above it as below.

    `folded` is what whoever began the thread puts at its end.
    """

    above: Chain
    replies: Sequence[Reply]
    folded: Sequence[Reply] = ()


def attach(post: Post, parent: Post) -> None:
    """Make a new post a reply to `parent`."""
    post.reply_to_id = parent.id
    post.root_id = parent.root_id or parent.id
    is_own = parent.author_id == post.author_id
    # Somebody who goes on with what they wrote goes on talking to the same person, or to nobody.
    post.reply_to_author_id = parent.reply_to_author_id if is_own else parent.author_id


def count(post: Post, step: int) -> None:
    """Count a reply that came (1) or went (-1), unless fewer may read it than what it answers."""
    if post.reply_to_id is None or not _counts(post):
        return
    if step > 0:
        counts.add(post.reply_to_id, PostCount.replies_count)
    else:
        counts.take(PostCount.replies_count, {post.reply_to_id: 1})


def _counts(post: Post) -> bool:
    if post.visibility != "followers":
        return True
    parent = sa.select(Post.visibility).where(Post.id == post.reply_to_id)
    return db.session.scalar(parent) == "followers"


def counted_clause() -> sa.ColumnElement[bool]:
    """The condition that a post is a reply that counts.

    One for followers alone counts below a post that is for them too: others may not know of it.
    """
    parent = aliased(Post)
    of_parent = sa.select(parent.visibility).where(parent.id == Post.reply_to_id)
    is_as_wide = of_parent.scalar_subquery() == "followers"
    return sa.and_(
        Post.reply_to_id.is_not(None),
        Post.deleted_at.is_(None),
        sa.or_(Post.visibility != "followers", is_as_wide),
    )


def recount(post: Post) -> None:
    """Count the replies to a post again."""
    number = sa.select(sa.func.count()).where(Post.reply_to_id == post.id, counted_clause())
    counts.put(post.id, PostCount.replies_count, number)


def replies_of(author: sa.ColumnElement[bool]) -> dict[int, dict[int, int]]:
    """How many replies the people for whom `author` is true wrote, by person and parent."""
    rows = sa.select(Post.author_id, Post.reply_to_id, sa.func.count())
    rows = rows.join(User, User.id == Post.author_id).where(author, counted_clause())
    found: dict[int, dict[int, int]] = {}
    for person_id, parent_id, number in db.session.execute(
        rows.group_by(Post.author_id, Post.reply_to_id)
    ):
        found.setdefault(person_id, {})[parent_id or 0] = number
    return found


def around(
    place: Location, viewer: User | None, cursor: Cursor, *, only_folded: bool = False
) -> Thread:
    """What stands above a post, and a page of the replies to it.

    The newest CHAIN_MAX posts above it; replies from the oldest, each with the first INNER_MAX to
    it. Below the first post of a thread also those whose own parent was erased. Besides the first
    FOLDED_MAX of those folded away, and one more if there are more; or a page of these alone. In
    three statements; in two for the first post.
    """
    above = _rows_above(place.parent_id, viewer)
    is_first, has_after = place.root_id is None, cursor.after is not None
    dialect = db.engine.dialect.name
    below = _below(dialect, viewer is not None, is_first, has_after, only_folded)
    values = {"post": place.post_id, "thread": place.thread_id} | cursor.values
    found = db.session.execute(below, values | {"viewer": viewer.id if viewer else None})
    rows = [row for row in found if row.id is not None]
    posts = _visible([*_readable_ids(above), *(row.id for row in rows)], viewer)
    children = {row.id: row.is_folded for row in rows if row.id == row.parent_id}
    replies = {id_: Reply(posts[id_]) for id_ in children if id_ in posts}
    for row in sorted(rows, key=lambda row: int(row.id)):
        if row.id != row.parent_id and row.id in posts and row.parent_id in replies:
            replies[row.parent_id].inner.append(posts[row.id])
    shown, folded_away = (
        [replies[id_] for id_ in sorted(replies) if children[id_] == kind] for kind in (0, 1)
    )
    return Thread(_chain(above, posts), shown, folded_away)


def above(post: Post, viewer: User | None) -> Chain:
    """The newest CHAIN_MAX posts above `post`; in two statements, in none for the first one."""
    rows = _rows_above(post.reply_to_id, viewer)
    return _chain(rows, _visible(_readable_ids(rows), viewer))


def has_replies(post_id: int, viewer: User | None) -> sa.ColumnElement[bool]:
    """The condition that `viewer` may read a reply to a post, or one in the thread it began."""
    reply = aliased(Post)
    shown = sa.select(sa.literal(1)).where(readable_clause(reply, viewer))
    return sa.or_(
        shown.where(reply.reply_to_id == post_id).exists(),
        shown.where(reply.root_id == post_id, reply.reply_to_id.is_(None)).exists(),
    )


def _chain(rows: Sequence[Any], posts: Mapping[int, Post]) -> Chain:
    is_cut = sum(row.is_readable for row in rows) > CHAIN_MAX
    places: list[Place] = []
    # What is above the last post that is shown comes with those above it.
    for row in reversed([row for row in rows if row.seen < CHAIN_MAX or not is_cut]):
        post, is_deleted = posts.get(row.id), row.deleted_at is not None
        if post is None and places and places[-1].post is None:
            last = places.pop()
            is_deleted, count = is_deleted and last.is_deleted, last.count + 1
            places.append(Place(None, is_deleted, count))
        else:
            places.append(Place(post, is_deleted))
    return Chain(places, is_cut)


def _readable_ids(above: Sequence[Any]) -> list[int]:
    return [row.id for row in above if row.is_readable]


def _rows_above(parent_id: int | None, viewer: User | None) -> Sequence[Any]:
    if parent_id is None:
        return []
    values = {"parent": parent_id, "viewer": viewer.id if viewer else None}
    return db.session.execute(_above(viewer is not None), values).all()


@lru_cache
def _above(has_viewer: bool) -> sa.Select[*tuple[Any, ...]]:
    """The chain from a post up, the nearest first, to one more post than is shown.

    `seen` is how many below it `viewer` may read: others take nobody's place, however many.
    """

    def place(post: Any, seen: sa.ColumnElement[int], depth: sa.ColumnElement[int]) -> Any:
        is_readable = sa.case((readable_clause(post, viewer), 1), else_=0).label("is_readable")
        columns = (post.id, post.reply_to_id, post.deleted_at, is_readable)
        return sa.select(*columns, seen.label("seen"), depth.label("depth"))

    viewer = person_parameter("viewer") if has_viewer else None
    parent_id = sa.bindparam("parent", type_=Id)
    first = place(Post, sa.literal(0), sa.literal(1)).where(Post.id == parent_id)
    above, parent = first.cte("above", recursive=True), aliased(Post)
    seen = above.c.seen + above.c.is_readable
    step = place(parent, seen, above.c.depth + 1).join(above, parent.id == above.c.reply_to_id)
    chain = above.union_all(step.where(seen <= CHAIN_MAX))
    return sa.select(chain).order_by(chain.c.depth)


# To build it takes longer than to run it.
@lru_cache
def _below(
    _dialect: str, has_viewer: bool, is_first: bool, has_after: bool, only_folded: bool
) -> sa.CompoundSelect[*tuple[Any, ...]]:
    """The ids of what stands below a post, for anybody's and for any page of one kind."""
    viewer = person_parameter("viewer") if has_viewer else None
    post_id, thread_id = (cast("int", sa.bindparam(name, type_=Id)) for name in ("post", "thread"))
    cursor = Cursor.of_parameters(has_before=False, has_after=has_after)
    at_end = cursor if only_folded else Cursor(FOLDED_MAX + 1)
    of_post = None if is_first else post_id
    folded = _folded_replies(thread_id, of_post, viewer, at_end).subquery()
    parts = [sa.select(folded.c.id, sa.literal(1).label("is_folded"))]
    if not only_folded:
        direct = _direct_replies(post_id, viewer, cursor).subquery()
        parts.append(sa.select(direct.c.id, sa.literal(0)))
    child = sa.union_all(*parts).subquery("child")
    below = sa.select(child.c.id, child.c.id.label("parent_id"), child.c.is_folded)
    return below.union_all(_inner_replies(child, viewer))


def _direct_replies(post_id: int, viewer: User | None, cursor: Cursor) -> sa.Select[int]:
    # A page is full while there is anything left to show.
    ids = sa.select(Post.id).where(readable_clause(Post, viewer), Post.folded_at.is_(None))
    answers = ids.where(Post.reply_to_id == post_id)
    orphans = ids.where(Post.root_id == post_id, Post.reply_to_id.is_(None))
    parts = [_forward(part, cursor).subquery() for part in (answers, orphans)]
    both = sa.union_all(*(sa.select(part.c.id) for part in parts)).subquery()
    return sa.select(both.c.id).order_by(both.c.id).limit(cursor.limit)


def _folded_replies(
    thread_id: int, post_id: int | None, viewer: User | None, cursor: Cursor
) -> sa.Select[int]:
    """Those to a post that are folded away; without one, all of a thread."""
    ids = sa.select(Post.id).where(
        Post.root_id == thread_id, Post.folded_at.is_not(None), readable_clause(Post, viewer)
    )
    if post_id is not None:
        ids = ids.where(Post.reply_to_id == post_id)
    return _forward(ids, cursor)


def _forward(ids: sa.Select[int], cursor: Cursor) -> sa.Select[int]:
    if cursor.after is not None:
        ids = ids.where(Post.id > cursor.after)
    return ids.order_by(Post.id).limit(cursor.limit)


def _inner_replies(child: sa.Subquery, viewer: User | None) -> sa.Select[int, int, int]:
    """The first INNER_MAX replies to each child, read along the index; NULL for none."""
    inner, bound = aliased(Post), aliased(Post)
    last = sa.select(bound.id).where(
        bound.reply_to_id == child.c.id,
        bound.folded_at.is_(None),
        readable_clause(bound, viewer),
    )
    end = last.order_by(bound.id).offset(INNER_MAX - 1).limit(1).scalar_subquery()
    of_child = sa.and_(
        inner.reply_to_id == child.c.id,
        inner.folded_at.is_(None),
        inner.id <= sa.func.coalesce(end, ID_MAX),
        readable_clause(inner, viewer),
    )
    # An outer join, since SQLite never changes its order.
    rows = sa.select(inner.id, child.c.id, child.c.is_folded)
    return rows.select_from(child).outerjoin(inner, of_child)


def _visible(ids: Sequence[int], viewer: User | None) -> dict[int, Post]:
    """Those of the posts that `viewer` may read, by their ids."""
    if not ids:
        return {}
    values = {"ids": ids, "now": utcnow(), "viewer": viewer.id if viewer else None}
    statement = _visible_posts(db.engine.dialect.name, viewer is not None)
    return {post.id: post for post in db.session.scalars(statement, values)}


@lru_cache
def _visible_posts(_dialect: str, has_viewer: bool) -> sa.Select[Post]:
    viewer = person_parameter("viewer") if has_viewer else None
    posts = Post.visible_to(viewer)
    if viewer is not None:
        now = sa.bindparam("now", type_=UTCDateTime())
        is_muted = Mute.is_muted(viewer, Post.author_id, now)
        posts = posts.options(with_expression(Post.is_author_muted, is_muted))
    return posts.where(Post.id.in_(sa.bindparam("ids", expanding=True, type_=Id)))
