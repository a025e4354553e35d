"""Where the people whose pages an owner opens first stopped reading."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from app.extensions import db
from app.models import Marker, Post
from app.models.posts.marker import HOME


def add_markers(user_ids: Iterable[int], read_at: datetime) -> None:
    """Have each of `user_ids` stop reading home at `read_at`, which is a while ago."""
    newest = sa.select(sa.func.max(Post.id)).where(Post.created_at <= read_at)
    last_read_id = db.session.scalar(newest)
    if last_read_id is None:
        return
    stopped = {"timeline": HOME, "last_read_id": last_read_id, "updated_at": read_at, "version": 1}
    db.session.execute(sa.insert(Marker), [{"user_id": one, **stopped} for one in user_ids])
