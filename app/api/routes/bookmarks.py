"""Bookmark posts, and the posts that one has bookmarked."""

from __future__ import annotations

from functools import partial

from app.api import pagination
from app.api.blueprint import operation
from app.api.routes.posts import possible_id, post_or_404
from app.api.schemas.base import Descending
from app.api.schemas.post import PostList, serialize_post
from app.extensions import db
from app.models import Bookmark
from app.services.posts import bookmarks, posts
from app.web.rate_limits.rules import hit, per_person
from app.web.viewer import member


@operation("get", "/bookmarks")
def list_bookmarks(query: Descending) -> PostList:
    """List the posts you have bookmarked, the last one first. Nobody else can see them."""
    fetch = partial(posts.marked_page, member(), Bookmark)
    rows, meta, links = pagination.newest_first(query, fetch, key=lambda row: row.mark_id)
    items = [serialize_post(row.Post, row.Post.author) for row in rows]
    return PostList(items=items, meta=meta, links=links)


@operation("put", "/posts/<int:post_id>/bookmark", status=204)
def bookmark_post(post_id: int) -> None:
    """Bookmark a post. Repeating it changes nothing."""
    post = post_or_404(post_id)
    hit("bookmark", per_person("300/10 minutes"))
    bookmarks.bookmark(member(), post)
    db.session.commit()


@operation("delete", "/posts/<int:post_id>/bookmark", status=204)
def remove_bookmark(post_id: int) -> None:
    """Remove a bookmark. Repeating it changes nothing."""
    bookmarks.remove(member(), possible_id(post_id))
    db.session.commit()
