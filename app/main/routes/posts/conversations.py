"""Conversations: mute one, and who may reply in one's own."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.lib.urls import safe_path
from app.main.blueprint import bp
from app.main.forms.conversations import RepliesFromForm
from app.main.loaders import own_post_or_404, post_or_404
from app.services.community import conversation_mutes
from app.services.posts import reply_rules
from app.web.access import verified
from app.web.rate_limits.rules import limited, per_person
from app.web.viewer import member


@bp.post("/post/<int:post_id>/mute")
@limited("mute", per_person("300/hour"))
def mute_conversation(post_id: int) -> ResponseReturnValue:
    conversation_mutes.mute(member(), post_or_404(post_id))
    db.session.commit()
    undo = "undo:" + url_for("main.unmute_conversation", post_id=post_id)
    flash(_("You won't be notified about this conversation anymore."), undo)
    return _back(post_id)


@bp.post("/post/<int:post_id>/unmute")
def unmute_conversation(post_id: int) -> ResponseReturnValue:
    conversation_mutes.unmute(member(), post_or_404(post_id))
    db.session.commit()
    flash(_("You'll be notified about this conversation again."))
    return _back(post_id)


def _back(post_id: int) -> ResponseReturnValue:
    own_page = url_for("main.post", post_id=post_id)
    return redirect(safe_path(request.form.get("next")) or own_page)


@bp.route("/post/<int:post_id>/replies-from", methods=["GET", "POST"])
@verified
@limited("edit", per_person("60/10 minutes"))
def replies_from(post_id: int) -> ResponseReturnValue:
    post = own_post_or_404(post_id)
    if post.is_reply:
        abort(404)
    form = RepliesFromForm(replies_from=post.replies_from)
    if form.validate_on_submit():
        reply_rules.change(post, form.replies_from.data)
        db.session.commit()
        flash(_("Changes saved."))
        return redirect(url_for("main.post", post_id=post_id))
    return render_template("posts/replies_from.html", post=post, form=form), form.status
