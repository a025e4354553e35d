"""Posts: read, publish, edit, delete."""

from __future__ import annotations

from functools import partial

from app import models
from app.api import pagination
from app.api.blueprint import operation
from app.api.idempotency import idempotency_key
from app.api.schemas.base import Descending
from app.api.schemas.post import Ancestors, EditedPost, NewPost, Post, PostList, serialize_post
from app.database.transactions import restart_for_write
from app.extensions import db
from app.policies import may_edit
from app.services.data import submissions
from app.services.posts import posts, threads
from app.services.posts.composition import compose, compose_in
from app.web.access import require
from app.web.problem_json import Problem
from app.web.rate_limits.new_accounts import hit_new_author
from app.web.rate_limits.rules import hit, per_person
from app.web.viewer import member


def post_or_404(post_id: int) -> models.Post:
    post: models.Post = db.first_or_404(
        models.Post.visible_to(member()).where(models.Post.id == post_id)
    )
    return post


def possible_id(post_id: int) -> int:
    """`post_id`, whether or not there is such a post; a 404 if there cannot be one."""
    # The router makes 0 of what is too large.
    if post_id < 1:
        raise Problem(404)
    return post_id


def own_post_or_404(post_id: int) -> models.Post:
    post = post_or_404(post_id)
    require(may_edit(member(), post))
    return post


@operation("get", "/posts")
def list_posts(query: Descending) -> PostList:
    """List all public posts, replies included."""
    fetch = partial(posts.page, models.Post.listed_for(member()))
    rows, meta, links = pagination.newest_first(query, fetch)
    return PostList(items=[serialize_post(row, row.author) for row in rows], meta=meta, links=links)


@operation(
    "post",
    "/posts",
    status=201,
    failures=(404, 409, 410),
    takes_idempotency_key=True,
    computes_first=True,
)
def publish_post(body: NewPost) -> tuple[Post, dict[str, str]]:
    """Publish a post, or a reply to one.

    With the header `Idempotency-Key`, the same request can be retried for a day and publishes only
    once; another body with the same key is a 409. So is what you posted less than 10 minutes ago.
    """
    author = member()
    hit("post", per_person("30/10 minutes"))
    hit_new_author(author)
    new = compose(body.body, title=body.title, note=body.content_note, prior=author.language)
    restart_for_write()
    parent = None if body.reply_to_id is None else post_or_404(body.reply_to_id)
    choices = [parent.id] if parent else []
    content = (body.body, body.title, *choices, *([body.visibility] if body.visibility else []))
    if body.content_note:
        content = (*content, f"note: {body.content_note}")
    key = submissions.client_key(idempotency_key(), *content)
    create = partial(posts.publish_new, author, new, parent, visibility=body.visibility)
    post = submissions.once(author, key, models.Post, create)
    response = serialize_post(post, author)
    db.session.commit()
    return response, {"Location": response.links.self}


@operation("get", "/posts/<int:post_id>")
def get_post(post_id: int) -> Post:
    """Read a post."""
    post = post_or_404(post_id)
    return serialize_post(post, post.author)


@operation("get", "/posts/<int:post_id>/replies")
def list_replies(post_id: int, query: Descending) -> PostList:
    """List the replies to a post."""
    replies = models.Post.replying_to(post_or_404(post_id), member())
    rows, meta, links = pagination.newest_first(query, partial(posts.page, replies))
    return PostList(items=[serialize_post(row, row.author) for row in rows], meta=meta, links=links)


@operation("get", "/posts/<int:post_id>/ancestors")
def list_ancestors(post_id: int) -> Ancestors:
    """List what a post replies to, up to the first post of its thread."""
    above = threads.above(post_or_404(post_id), member())
    readable = [place.post for place in above.places if place.post is not None]
    items = [serialize_post(post, post.author) for post in readable]
    return Ancestors(items=items, is_complete=not above.is_cut)


@operation("put", "/posts/<int:post_id>", failures=(409, 410), computes_first=True)
def edit_post(post_id: int, body: EditedPost) -> Post:
    """Edit your own post; the earlier version is kept. A 409 if more people were to read it."""
    hit("edit", per_person("60/10 minutes"))
    before = own_post_or_404(post_id)
    note = before.content_note if body.content_note is None else body.content_note
    new = compose_in(before.language, body.body, title=body.title, note=note)
    restart_for_write()
    post = own_post_or_404(post_id)
    posts.edit(post, new, visibility=body.visibility)
    response = serialize_post(post, member())
    db.session.commit()
    return response


@operation("delete", "/posts/<int:post_id>", status=204, failures=(410,))
def delete_post(post_id: int) -> None:
    """Delete your own post. On the site it can be restored for 30 days."""
    posts.delete(own_post_or_404(post_id))
    db.session.commit()
