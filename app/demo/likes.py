"""Likes and bookmarks of sample posts, by people who speak their language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from app.demo.network import DemoNetwork
from app.demo.posts import DemoParent
from app.demo.rows import Row
from app.extensions import db
from app.models import Bookmark, Like

# The median post has so many, a few have very many.
LIKES_MEDIAN, LIKES_SPREAD = 2.0, 1.2
LIKES_MAX = 500
# The share of posts that somebody to sign in as has bookmarked.
BOOKMARK_CHANCE = 0.02


def add_likes(network: DemoNetwork, posts: Sequence[DemoParent], keepers: int) -> None:
    """Let people like `posts`, and the first `keepers` people bookmark some of them."""
    rng, people = network.rng, {user_id: number for number, user_id in enumerate(network.ids)}
    likes: list[Row] = []
    bookmarks: list[Row] = []
    for one in posts:
        author = people[one.post.author_id]
        wanted = int(LIKES_MEDIAN * rng.lognormvariate(0, LIKES_SPREAD)) - 1
        fans = dict.fromkeys(network.neighbors_of(author, max(min(wanted, LIKES_MAX), 0)))
        fans.pop(author, None)
        for fan in fans:
            later = timedelta(minutes=rng.lognormvariate(5, 1.5))
            at = min(one.post.written_at + later, network.now)
            likes.append(_mark(network.ids[fan], one.id) | {"created_at": at})
        if rng.random() < BOOKMARK_CHANCE:
            keeper = rng.randrange(min(keepers, len(network.ids)))
            mark = _mark(network.ids[keeper], one.id)
            bookmarks.append(mark | {"created_at": one.post.written_at})
    for model, rows in ((Like, likes), (Bookmark, bookmarks)):
        if rows:
            rows.sort(key=lambda row: row["created_at"])
            db.session.execute(sa.insert(model), rows)


def _mark(user_id: int, post_id: int) -> Row:
    return {"user_id": user_id, "post_id": post_id}
