"""What a name or a tag that somebody begins to type could become."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from app.extensions import db
from app.lib.entities import tag_key
from app.lib.search.folding import sort_key
from app.lib.usernames import username_key
from app.models import Follow, User
from app.services.community import tag_follows
from app.services.posts import tags

SHOWN_MAX = 6


def people(viewer: User, start: str) -> Sequence[User]:
    """People whose username or name starts with `start`: those whom `viewer` follows first.

    Of the others only those whom lists show, the most followed first.
    """
    places = [(User.username_key, username_key(start)), (User.name_key, sort_key(start, ""))]
    begins = [column.startswith(key, autoescape=True) for column, key in places if key]
    if not begins:
        return []
    is_followed = sa.exists().where(Follow.follower_id == viewer.id, Follow.followed_id == User.id)
    rows = User.visible_to(viewer).where(sa.or_(*begins), User.id != viewer.id)
    rows = rows.where(sa.or_(is_followed, User.is_discoverable))
    order = is_followed.desc(), User.followers_count.desc(), User.id
    return db.session.scalars(rows.order_by(*order).limit(SHOWN_MAX)).all()


def tags_starting(viewer: User, start: str) -> list[str]:
    """Tags that start with `start`: those that `viewer` follows, then those in use."""
    key = tag_key(start)
    followed = [row.tag for row in tag_follows.of(viewer)]
    found = dict.fromkeys([*followed, *tags.in_use()])
    return [tag for tag in found if key and tag.startswith(key)][:SHOWN_MAX]
