"""Tags in use: what people write about these days."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

import sqlalchemy as sa

from app.extensions import db
from app.lib.dates import utcnow
from app.models import Post, PostTag, User
from app.models.base import UTCDateTime

RECENTLY = timedelta(days=7)
# So many of the newest uses, since the list is made again for each page.
USES_LOOKED_AT = 1_000
TAGS_MAX = 8


def in_use() -> list[str]:
    """The tags of the newest public posts, those of most people first.

    People are counted, not posts, so that nobody can put a tag here alone by writing it often.
    """
    values = {"since": utcnow() - RECENTLY, "uses": USES_LOOKED_AT}
    return list(db.session.scalars(_statement(), values))


# To build it takes longer than to run it.
@lru_cache
def _statement() -> sa.Select[str]:
    # Each looked up by itself: joined to these, PostgreSQL reads all posts of a middle site.
    author_id = sa.select(Post.author_id).where(
        Post.id == PostTag.post_id,
        Post.created_at > sa.bindparam("since", type_=UTCDateTime()),
        Post.visibility_clause(None),
    )
    newest = sa.select(PostTag, author_id.scalar_subquery().label("author_id"))
    limit = sa.bindparam("uses", type_=sa.Integer)
    uses = newest.order_by(PostTag.post_id.desc()).limit(limit).subquery()
    # Those are few. To look up everybody else takes longer than all the rest.
    ends = (User.closed_at, User.suspended_until, User.silenced_until)
    hidden = sa.union_all(*(sa.select(User.id).where(end.is_not(None)) for end in ends))
    people, latest = sa.func.count(uses.c.author_id.distinct()), sa.func.max(uses.c.post_id)
    tags = (
        sa.select(uses.c.tag)
        .where(uses.c.author_id.is_not(None), uses.c.author_id.not_in(hidden))
        .group_by(uses.c.tag)
        .order_by(people.desc(), latest.desc())
    )
    return tags.limit(TAGS_MAX)
