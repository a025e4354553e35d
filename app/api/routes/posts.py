"""Posts: read, publish, edit, delete."""

from __future__ import annotations

from functools import partial

from flask import g

from app.api import pagination
from app.api.idempotency import idempotency_key
from app.api.operations import operation
from app.api.schemas.base import Descending
from app.api.schemas.post import NewPost, Post, PostList, post_answer
from app.extensions import db
from app.models import Post as Row
from app.policies import may_edit
from app.services.data import idempotency
from app.services.errors import GoneError, KeyReusedError
from app.services.posts import posts
from app.web.problem_json import Problem
from app.web.rate_limits.rules import count, per_person


def _visible(post_id: int) -> Row:
    post: Row = db.first_or_404(Row.visible_to(g.api_token.user).where(Row.id == post_id))
    return post


def _own(post_id: int) -> Row:
    post = _visible(post_id)
    if not may_edit(g.api_token.user, post):
        raise Problem(403, "This belongs to somebody else.")
    return post


@operation("get", "/posts", query=Descending, answer=PostList)
def list_posts(query: Descending) -> PostList:
    """List all posts that one may read."""
    everything = partial(posts.some, Row.visible_to(g.api_token.user))
    rows, meta, links = pagination.newest_first(query, everything)
    return PostList(items=[post_answer(row, row.author) for row in rows], meta=meta, links=links)


@operation(
    "post",
    "/posts",
    body=NewPost,
    answer=Post,
    status=201,
    failures=(409, 410),
    takes_idempotency_key=True,
)
def publish_post(body: NewPost) -> tuple[Post, dict[str, str]]:
    """Publish a post.

    With the header `Idempotency-Key` the same request can be sent again for a day and publishes
    once; another body under the same key is a 409.
    """
    author, key = g.api_token.user, idempotency_key()
    count("post", per_person("30/10 minutes"))
    try:
        post = (
            posts.publish(author, body.body, title=body.title)
            if key is None
            else idempotency.publish_once(author, key, body.body, title=body.title)
        )
    except KeyReusedError:
        raise Problem(409, "This key came with another body before.") from None
    except GoneError:
        raise Problem(410, "The post that this key made was deleted.") from None
    answer = post_answer(post, author)
    db.session.commit()
    return answer, {"Location": answer.links.self}


@operation("get", "/posts/<int:post_id>", answer=Post)
def get_post(post_id: int) -> Post:
    """Read a post."""
    post = _visible(post_id)
    return post_answer(post, post.author)


@operation("put", "/posts/<int:post_id>", body=NewPost, answer=Post, failures=(410,))
def edit_post(post_id: int, body: NewPost) -> Post:
    """Change a post of one's own; how it read before is kept."""
    post = _own(post_id)
    count("edit", per_person("60/10 minutes"))
    posts.edit(post, body.body, title=body.title, language=post.language)
    answer = post_answer(post, g.api_token.user)
    db.session.commit()
    return answer


@operation("delete", "/posts/<int:post_id>", status=204, failures=(410,))
def delete_post(post_id: int) -> None:
    """Delete a post of one's own. On the site it can be taken back for 30 days."""
    posts.delete(_own(post_id))
    db.session.commit()
