"""Tags in use: what people write about these days."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

import sqlalchemy as sa

from app.extensions import db
from app.lib.dates import utcnow
from app.models import Post, PostTag, User
from app.models.base import Id, UTCDateTime

RECENTLY = timedelta(days=7)
# Of so many of the newest posts, since the list is made again for each page.
POSTS_LOOKED_AT = 2_000
TAGS_MAX = 8


def in_use() -> list[str]:
    """The tags of the newest public posts, those of most people first.

    People are counted, not posts, so that nobody can put a tag here alone by writing it often.
    """
    values = {"since": utcnow() - RECENTLY, "posts": POSTS_LOOKED_AT}
    return list(db.session.scalars(_statement(), values))


# To build it takes longer than to run it.
@lru_cache
def _statement() -> sa.Select[str]:
    newest = sa.select(sa.func.max(Post.id)).scalar_subquery()
    tags = (
        sa.select(PostTag.tag)
        .join(Post, Post.id == PostTag.post_id)
        .join(User, User.id == Post.author_id)
        .where(
            PostTag.post_id > newest - sa.bindparam("posts", type_=Id),
            Post.created_at > sa.bindparam("since", type_=UTCDateTime()),
            Post.visibility_clause(None),
            User.closed_at.is_(None),
        )
        .group_by(PostTag.tag)
        .order_by(sa.func.count(Post.author_id.distinct()).desc(), sa.func.max(Post.id).desc())
    )
    return tags.limit(TAGS_MAX)
