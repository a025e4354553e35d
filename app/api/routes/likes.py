"""Like posts, who likes one, and what one likes oneself."""

from __future__ import annotations

from functools import partial

from app.api import pagination
from app.api.blueprint import operation
from app.api.routes.posts import possible_id, post_or_404
from app.api.schemas.base import Descending
from app.api.schemas.post import PostList, serialize_post
from app.api.schemas.user import PersonList, serialize_user
from app.extensions import db
from app.models import Like
from app.services.posts import likes, posts
from app.web.rate_limits.rules import hit, per_person
from app.web.viewer import member


@operation("get", "/likes")
def list_likes(query: Descending) -> PostList:
    """List the posts you like, the last one first."""
    fetch = partial(posts.marked_page, member(), Like)
    rows, meta, links = pagination.newest_first(query, fetch, key=lambda row: row.mark_id)
    items = [serialize_post(row.Post, row.Post.author) for row in rows]
    return PostList(items=items, meta=meta, links=links)


@operation("put", "/posts/<int:post_id>/like", status=204)
def like_post(post_id: int) -> None:
    """Like somebody else's post. Repeating it changes nothing."""
    post = post_or_404(post_id)
    hit("like", per_person("300/10 minutes"))
    likes.like(member(), post)
    db.session.commit()


@operation("delete", "/posts/<int:post_id>/like", status=204)
def unlike_post(post_id: int) -> None:
    """Take a like back, also of a post that you can read no more. Repeating it changes nothing."""
    likes.unlike(member(), possible_id(post_id))
    db.session.commit()


@operation("get", "/posts/<int:post_id>/likes")
def list_likers(post_id: int, query: Descending) -> PersonList:
    """List the people who like a post, the last one first."""
    fetch = partial(likes.people_page, post_or_404(post_id), member())
    rows, meta, links = pagination.newest_first(query, fetch)
    people = [serialize_user(row.user) for row in rows]
    return PersonList(items=people, meta=meta, links=links)
