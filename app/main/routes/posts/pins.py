"""Pin a post to one's profile, and unpin it."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.main.blueprint import bp
from app.main.loaders import own_post_or_404
from app.services.posts import pins
from app.web.access import verified
from app.web.rate_limits.rules import limited, per_person
from app.web.viewer import member


@bp.post("/post/<int:post_id>/pin")
@verified
@limited("pin", per_person("60/hour"))
def pin_post(post_id: int) -> ResponseReturnValue:
    pins.pin(member(), own_post_or_404(post_id))
    db.session.commit()
    flash(_("Pinned to your profile."), "undo:" + url_for("main.unpin_post", post_id=post_id))
    return redirect(url_for("main.user", username=member().username))


@bp.post("/post/<int:post_id>/unpin")
def unpin_post(post_id: int) -> ResponseReturnValue:
    pins.unpin(own_post_or_404(post_id))
    db.session.commit()
    flash(_("Unpinned from your profile."))
    return redirect(url_for("main.user", username=member().username))
