"""Keep a post and let it go again, and the posts that one keeps."""

from __future__ import annotations

from functools import partial

from flask import render_template
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.main.blueprint import bp
from app.main.loaders import post_or_404
from app.main.routes.posts.acts import respond
from app.models import Bookmark
from app.services.posts import bookmarks, posts
from app.web.paging import page_of
from app.web.rate_limits.rules import limited, per_person
from app.web.viewer import member


@bp.post("/post/<int:post_id>/bookmark")
@limited("bookmark", per_person("300/10 minutes"))
def bookmark(post_id: int) -> ResponseReturnValue:
    bookmarks.bookmark(member(), post_or_404(post_id))
    db.session.commit()
    return respond(post_id)


@bp.post("/post/<int:post_id>/unbookmark")
def unbookmark(post_id: int) -> ResponseReturnValue:
    bookmarks.remove(member(), post_id)
    db.session.commit()
    return respond(post_id)


@bp.get("/bookmarks")
def bookmarked_posts() -> ResponseReturnValue:
    rows = page_of(partial(posts.marked_page, member(), Bookmark), key=lambda row: row.mark_id)
    page = rows.with_items([row.Post for row in rows.items])
    return render_template("posts/bookmarks.html", page=page)
