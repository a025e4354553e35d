"""Replies: write one below the post that it replies to."""

from __future__ import annotations

from functools import partial

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.database.transactions import defers_write_lock, restart_for_write
from app.extensions import db
from app.main.blueprint import bp
from app.main.forms.posts import ReplyForm
from app.main.forms.visibilities import limit
from app.main.loaders import post_or_404
from app.models import Post
from app.services.data import submissions
from app.services.errors import RepliesClosedError
from app.services.posts import drafts, posts, reply_rules, visibilities
from app.services.posts.composition import compose
from app.web.access import verified
from app.web.rate_limits.new_accounts import hit_new_author
from app.web.rate_limits.rules import limited, per_person
from app.web.view_options import resumable
from app.web.viewer import member


@bp.route("/post/<int:post_id>/reply", methods=["GET", "POST"])
@resumable
@verified
@defers_write_lock
@limited("post", per_person("30/10 minutes"))
def reply(post_id: int) -> ResponseReturnValue:
    parent = post_or_404(post_id)
    form = reply_form(parent)
    if form.validate_on_submit():
        # What they wrote stays in its field.
        with form.errors_under(form.post, RepliesClosedError):
            hit_new_author(member())
            post = publish(form, post_id)
            flash(_("Reply posted."))
            return redirect(url_for("main.post", post_id=post.id))
    elif not form.is_submitted():
        reply_rules.check(member(), parent)
        visibilities.check_audience(member(), parent)
    return render_template("posts/reply.html", post=post_or_404(post_id), form=form), form.status


def reply_form(parent: Post, **draft: str | None) -> ReplyForm:
    """The composer of a reply, which nobody else may see than what it answers.

    `draft`: what its fields hold already.
    """
    visibility = visibilities.preferred(member(), parent)
    form = ReplyForm(**{"visibility": visibility, "content_note": parent.note, **draft})
    limit(form.visibility, visibilities.below(parent))
    return form


def publish(form: ReplyForm, parent_id: int) -> Post:
    """Publish what the composer of a reply holds, and commit; its draft goes."""
    author, body = member(), form.post.data
    new = compose(body, note=form.content_note.data or "", prior=author.language)
    restart_for_write()
    parent = post_or_404(parent_id)
    key = submissions.form_key(form.form_key.data, parent_id, body)
    create = partial(posts.publish_new, author, new, parent, visibility=form.visibility.data)
    drafts.discard(author, form.form_key.data)
    post = submissions.once(author, key, Post, create)
    db.session.commit()
    return post
