"""Fold replies in one's own threads away."""

from __future__ import annotations

from app import models
from app.api.blueprint import operation
from app.api.routes.posts import post_or_404
from app.extensions import db
from app.policies import may_fold
from app.services.posts import folds
from app.web.access import require
from app.web.rate_limits.rules import hit, per_person
from app.web.viewer import member


def _foldable_or_404(post_id: int) -> models.Post:
    post = post_or_404(post_id)
    require(may_fold(member(), post, folds.thread_author_id(post)))
    return post


@operation("put", "/posts/<int:post_id>/fold", status=204)
def fold_post(post_id: int) -> None:
    """Hide somebody else's reply at the end of a conversation that you began.

    Nobody is notified.
    """
    hit("fold", per_person("300/hour"))
    folds.fold(_foldable_or_404(post_id))
    db.session.commit()


@operation("delete", "/posts/<int:post_id>/fold", status=204)
def unfold_post(post_id: int) -> None:
    """Put such a reply back in its place. Repeating it changes nothing."""
    folds.unfold(_foldable_or_404(post_id))
    db.session.commit()
