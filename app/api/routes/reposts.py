"""Repost posts, who reposted one, and what somebody reposted."""

from __future__ import annotations

from functools import partial

from app.api import pagination
from app.api.blueprint import operation
from app.api.routes.posts import possible_id, post_or_404
from app.api.routes.users import user_or_404
from app.api.schemas.base import Descending
from app.api.schemas.timeline import Timeline, serialize_entry
from app.api.schemas.user import PersonList, serialize_user
from app.extensions import db
from app.services.posts import reposts
from app.web.rate_limits.rules import hit, per_person
from app.web.viewer import member


@operation("put", "/posts/<int:post_id>/repost", status=204)
def repost_post(post_id: int) -> None:
    """Repost a post to those who follow you. Repeating it changes nothing.

    What is for followers cannot be reposted.
    """
    post = post_or_404(post_id)
    hit("repost", per_person("100/10 minutes"))
    reposts.repost(member(), post)
    db.session.commit()


@operation("delete", "/posts/<int:post_id>/repost", status=204)
def unrepost_post(post_id: int) -> None:
    """Take a repost back, also of what you can read no more. Repeating it changes nothing."""
    reposts.unrepost(member(), possible_id(post_id))
    db.session.commit()


@operation("get", "/posts/<int:post_id>/reposts")
def list_reposters(post_id: int, query: Descending) -> PersonList:
    """List the people who reposted a post, the last one first."""
    fetch = partial(reposts.people_page, post_or_404(post_id), member())
    rows, meta, links = pagination.newest_first(query, fetch)
    people = [serialize_user(row.author) for row in rows]
    return PersonList(items=people, meta=meta, links=links)


@operation("get", "/users/<int:user_id>/reposts")
def list_reposts(user_id: int, query: Descending) -> Timeline:
    """List what somebody reposted, the latest repost first."""
    fetch = partial(reposts.posts_page, user_or_404(user_id), member())
    rows, meta, links = pagination.newest_first(query, fetch)
    return Timeline(items=[serialize_entry(row) for row in rows], meta=meta, links=links)
