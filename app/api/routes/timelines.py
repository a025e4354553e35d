"""Timelines: home and public."""

from __future__ import annotations

from functools import partial

from app.api import pagination
from app.api.blueprint import operation
from app.api.schemas.base import Descending
from app.api.schemas.post import PostList, serialize_post
from app.api.schemas.timeline import Timeline, serialize_entry
from app.models import Post
from app.models.posts.timeline import home_of
from app.services.posts import posts
from app.web.viewer import member


@operation("get", "/timelines/home")
def home_timeline(query: Descending) -> Timeline:
    """List your posts and those of the people you follow, and what you and they repost."""
    rows, meta, links = pagination.newest_first(query, partial(home_of, member()))
    return Timeline(items=[serialize_entry(row) for row in rows], meta=meta, links=links)


@operation("get", "/timelines/public")
def public_timeline(query: Descending) -> PostList:
    """List everybody's public posts, without replies to others."""
    fetch = partial(posts.page, Post.explored_by(member()))
    rows, meta, links = pagination.newest_first(query, fetch)
    return PostList(items=[serialize_post(row, row.author) for row in rows], meta=meta, links=links)
