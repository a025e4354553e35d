"""The menu of a post: a page, and the fragment that a script shows beside the post."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.main.blueprint import bp
from app.main.loaders import post_or_404
from app.main.routes.posts.acts import elsewhere
from app.policies import may_fold
from app.services.community import conversation_mutes
from app.services.posts import folds
from app.web.navigation import previous_page
from app.web.viewer import member


@bp.get("/post/<int:post_id>/menu")
def post_menu(post_id: int) -> ResponseReturnValue:
    post = post_or_404(post_id)
    facts = {
        "post": post,
        "is_muting": conversation_mutes.is_muting(member(), post),
        "may_fold": post.is_reply and may_fold(member(), post, folds.thread_author_id(post)),
    }
    if request.args.get("as") == "fragment":
        # Its links are followed from the page that shows it, which their pages then lead back to.
        return render_template("posts/_menu.html", back=None, **facts)
    back = elsewhere(post_id, previous_page()) or url_for("main.post", post_id=post_id)
    return render_template("posts/menu.html", back=back, **facts)
