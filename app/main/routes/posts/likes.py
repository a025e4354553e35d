"""Like a post and take it back, who likes it, and what one likes oneself."""

from __future__ import annotations

from functools import partial

from flask import render_template
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.main.blueprint import bp
from app.main.loaders import post_or_404
from app.main.routes.posts.acts import respond
from app.models import Like
from app.services.community import follows
from app.services.posts import likes, posts
from app.web.access import verified
from app.web.paging import page_of
from app.web.rate_limits.rules import limited, per_person
from app.web.view_options import readable
from app.web.viewer import member, viewer
from app.web.visitor_pages import kept_for_visitors


@bp.post("/post/<int:post_id>/like")
@verified
@limited("like", per_person("300/10 minutes"))
def like(post_id: int) -> ResponseReturnValue:
    likes.like(member(), post_or_404(post_id))
    db.session.commit()
    return respond(post_id)


@bp.post("/post/<int:post_id>/unlike")
def unlike(post_id: int) -> ResponseReturnValue:
    likes.unlike(member(), post_id)
    db.session.commit()
    return respond(post_id)


@bp.get("/post/<int:post_id>/likes")
@readable
@kept_for_visitors
def post_likes(post_id: int) -> ResponseReturnValue:
    post = post_or_404(post_id)
    rows = page_of(partial(likes.people_page, post, viewer()), key=lambda row: row.id)
    page = rows.with_items([row.user for row in rows.items])
    circle = follows.circle_among(viewer(), page.items)
    return render_template("posts/likes.html", post=post, page=page, circle=circle)


@bp.get("/likes")
def liked_posts() -> ResponseReturnValue:
    rows = page_of(partial(posts.marked_page, member(), Like), key=lambda row: row.mark_id)
    page = rows.with_items([row.Post for row in rows.items])
    return render_template("posts/liked.html", page=page)
