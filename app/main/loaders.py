"""Load the row that a URL refers to, for the viewer: the row, a redirect, or a 404."""

from __future__ import annotations

from typing import Any, NoReturn

from flask import abort, redirect, request, url_for

from app.extensions import db
from app.models import Post, User
from app.policies import may_edit
from app.services.accounts import users
from app.web.access import require
from app.web.viewer import viewer


def user_or_404(username: str) -> User:
    """The user with this name; a former name redirects to the current one."""
    user = db.session.scalar(User.named_for(viewer(), username))
    if user is None:
        user = users.renamed_from(username, viewer())
    if user is None:
        abort(404)
    if user.username != username and request.method in ("GET", "HEAD"):
        redirect_to_current_name("username", user.username)
    return user


def redirect_to_current_name(argument: str, username: str) -> NoReturn:
    """Redirect to this page under the current name of its person, with the same query."""
    values: dict[str, Any] = {**(request.view_args or {}), argument: username}
    path = url_for(str(request.endpoint), **values)
    # As it was sent, since a name in it could mean something to url_for.
    query = request.query_string.decode()
    abort(redirect(f"{path}?{query}" if query else path, 302))


def post_or_404(post_id: int) -> Post:
    """The post with this id, if the viewer may read it."""
    post: Post = db.first_or_404(Post.visible_to(viewer()).where(Post.id == post_id))
    return post


def own_post_or_404(post_id: int) -> Post:
    """The post with this id. Raises NotAllowedError unless the viewer is its author."""
    post = post_or_404(post_id)
    require(may_edit(viewer(), post))
    return post
