"""Fold a reply in one's own thread away, and back."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.lib.urls import safe_path
from app.main.blueprint import bp
from app.main.loaders import post_or_404
from app.models import Post
from app.policies import may_fold
from app.services.posts import folds
from app.web.access import require, verified
from app.web.rate_limits.rules import limited, per_person
from app.web.viewer import viewer


def _foldable_or_404(post_id: int) -> Post:
    """Raises NotAllowedError unless the viewer may fold it."""
    post = post_or_404(post_id)
    require(may_fold(viewer(), post, folds.thread_author_id(post)))
    return post


@bp.post("/post/<int:post_id>/fold")
@verified
@limited("fold", per_person("300/hour"))
def fold_post(post_id: int) -> ResponseReturnValue:
    folds.fold(_foldable_or_404(post_id))
    db.session.commit()
    undo = "undo:" + url_for("main.unfold_post", post_id=post_id)
    flash(_("Reply hidden. It's now at the end of the conversation."), undo)
    return _back(post_id)


@bp.post("/post/<int:post_id>/unfold")
def unfold_post(post_id: int) -> ResponseReturnValue:
    folds.unfold(_foldable_or_404(post_id))
    db.session.commit()
    flash(_("The reply is back in its place."))
    return _back(post_id)


def _back(post_id: int) -> ResponseReturnValue:
    own_page = url_for("main.post", post_id=post_id)
    return redirect(safe_path(request.form.get("next")) or own_page)
