"""Repost a post and take it back, and who reposted it."""

from __future__ import annotations

from functools import partial

from flask import render_template
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.main.blueprint import bp
from app.main.loaders import post_or_404
from app.main.routes.posts.acts import respond
from app.services.community import follows
from app.services.posts import reposts
from app.web.access import verified
from app.web.paging import page_of
from app.web.rate_limits.rules import limited, per_person
from app.web.view_options import readable
from app.web.viewer import member, viewer
from app.web.visitor_pages import kept_for_visitors


@bp.post("/post/<int:post_id>/repost")
@verified
@limited("repost", per_person("100/10 minutes"))
def repost(post_id: int) -> ResponseReturnValue:
    reposts.repost(member(), post_or_404(post_id))
    db.session.commit()
    return respond(post_id)


@bp.post("/post/<int:post_id>/unrepost")
def unrepost(post_id: int) -> ResponseReturnValue:
    reposts.unrepost(member(), post_id)
    db.session.commit()
    return respond(post_id)


@bp.get("/post/<int:post_id>/reposts")
@readable
@kept_for_visitors
def post_reposts(post_id: int) -> ResponseReturnValue:
    post = post_or_404(post_id)
    rows = page_of(partial(reposts.people_page, post, viewer()), key=lambda row: row.id)
    page = rows.with_items([row.author for row in rows.items])
    circle = follows.circle_among(viewer(), page.items)
    return render_template("posts/reposts.html", post=post, page=page, circle=circle)
