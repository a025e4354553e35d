"""Load the row that a URL refers to, for the viewer: the row, a redirect, or a 404."""

from __future__ import annotations

from typing import Any, NoReturn

from flask import abort, redirect, request, url_for

from app.extensions import db
from app.models import Post, User
from app.models.accounts.user import FOR_GOOD
from app.policies import may_edit
from app.services.accounts import users
from app.web.access import require
from app.web.viewer import viewer


def user_or_404(username: str) -> User:
    """The user with this name; a former name redirects to the current one."""
    user, is_visible = named_or_404(username)
    if not is_visible:
        abort(404)
    return user


def named_or_404(username: str) -> tuple[User, bool]:
    """The same, and whether the viewer may know of them: a block may stand between the two."""
    is_visible = User.visibility_clause(viewer())
    row = db.session.execute(User.named(username).add_columns(is_visible)).one_or_none()
    user, may_be_known = row or (users.renamed_from(username, viewer()), True)
    if user is None:
        abort(404)
    if user.suspended_until == FOR_GOOD:
        abort(410)
    if may_be_known and user.username != username and request.method in ("GET", "HEAD"):
        redirect_to_current_name("username", user.username)
    return user, bool(may_be_known)


def redirect_to_current_name(argument: str, username: str) -> NoReturn:
    """Redirect to this page under the current name of its person, with the same query."""
    values: dict[str, Any] = {**(request.view_args or {}), argument: username}
    path = url_for(str(request.endpoint), **values)
    # As it was sent, since a name in it could mean something to url_for.
    query = request.query_string.decode()
    abort(redirect(f"{path}?{query}" if query else path, 302))


def post_or_404(post_id: int) -> Post:
    """The post with this id, if the viewer may read it."""
    post: Post = db.first_or_404(Post.alone_for(post_id, viewer()))
    return post


def own_post_or_404(post_id: int) -> Post:
    """The post with this id. Raises NotAllowedError unless the viewer is its author."""
    post = post_or_404(post_id)
    require(may_edit(viewer(), post))
    return post
