"""Follow and unfollow tags, and the list of those one follows."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.lib.urls import safe_path
from app.main.blueprint import bp
from app.services.community import tag_follows
from app.web.access import verified
from app.web.rate_limits.rules import limited, per_person
from app.web.tags import tag_or_404
from app.web.viewer import member


@bp.get("/tags")
def tag_list() -> ResponseReturnValue:
    return render_template("community/tags.html", rows=tag_follows.of(member()))


@bp.post("/tag/<name>/follow")
@verified
@limited("follow-tag", per_person("300/hour"))
def follow_tag(name: str) -> ResponseReturnValue:
    tag = tag_or_404(name)
    tag_follows.follow(member(), tag)
    db.session.commit()
    flash(_("You're following #%(tag)s.", tag=tag), "undo:" + url_for(".unfollow_tag", name=tag))
    return _back(tag)


@bp.post("/tag/<name>/unfollow")
def unfollow_tag(name: str) -> ResponseReturnValue:
    tag = tag_or_404(name)
    tag_follows.unfollow(member(), tag)
    db.session.commit()
    flash(_("You unfollowed #%(tag)s.", tag=tag), "undo:" + url_for(".follow_tag", name=tag))
    return _back(tag)


def _back(tag: str) -> ResponseReturnValue:
    return redirect(safe_path(request.form.get("next")) or url_for("main.tag", name=tag))
