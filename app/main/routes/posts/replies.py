"""Replies: write one below the post that it replies to."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.database.transactions import defers_write_lock
from app.main.blueprint import bp
from app.main.loaders import post_or_404
from app.main.routes.posts.composers import POSTS, composer_page, publish, reply_form, schedule
from app.services.errors import RepliesClosedError, ScheduleError
from app.services.posts import reply_rules, visibilities
from app.web.access import verified
from app.web.rate_limits.new_accounts import hit_new_author
from app.web.rate_limits.rules import limited
from app.web.view_options import resumable
from app.web.viewer import member


@bp.route("/post/<int:post_id>/reply", methods=["GET", "POST"])
@resumable
@verified
@defers_write_lock
@limited("post", POSTS)
def reply(post_id: int) -> ResponseReturnValue:
    parent = post_or_404(post_id)
    form = reply_form(parent)
    if form.validate_on_submit():
        # What they wrote stays in its field.
        with (
            form.errors_under(form.post, RepliesClosedError),
            form.errors_under(form.publish_on, ScheduleError),
        ):
            if publish_at := form.publish_at:
                return schedule(form, publish_at, post_id)
            hit_new_author(member())
            post = publish(form, post_id)
            flash(_("Reply posted."))
            return redirect(url_for("main.post", post_id=post.id))
    elif not form.is_submitted():
        reply_rules.check(member(), parent)
        visibilities.check_audience(member(), parent)
    if form.errors and form.is_whole:
        return composer_page(form, None, post_or_404(post_id)), form.status
    return render_template("posts/reply.html", post=post_or_404(post_id), form=form), form.status
