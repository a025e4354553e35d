"""Where an act on a post leads, such as a like: its row of acts again, or the page with it."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.lib.urls import safe_path
from app.models import Post
from app.web.viewer import member


def elsewhere(post_id: int, target: str | None) -> str | None:
    """`target`, unless it is one of the post's own pages, which are gone when it is deleted."""
    own_page = url_for("main.post", post_id=post_id)
    if target is None or f"{urlsplit(target).path}/".startswith(f"{own_page}/"):
        return None
    return target


def respond(post_id: int) -> ResponseReturnValue:
    """For scripts the row of acts as it is now; otherwise back to the very post in its list."""
    if request.form.get("as") == "fragment":
        post = Post.visible_to(member()).where(Post.id == post_id)
        now = db.session.scalar(post.execution_options(populate_existing=True))
        return render_template("posts/_acts.html", post=now) if now else ""
    page = safe_path(request.form.get("next")) or url_for("main.post", post_id=post_id)
    return redirect(f"{page}#post-{post_id}")
