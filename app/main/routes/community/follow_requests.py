"""The people who ask to follow a member: accept, decline, and undo."""

from __future__ import annotations

from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.lib.urls import safe_path
from app.main.blueprint import bp
from app.main.loaders import user_or_404
from app.models import User
from app.services.community import follow_requests
from app.web.paging import page_of
from app.web.rate_limits.rules import limited, per_person
from app.web.viewer import member


@bp.get("/follow-requests")
def follow_request_list() -> ResponseReturnValue:
    page = page_of(partial(follow_requests.page, member()), key=lambda row: row.id)
    count = follow_requests.count(member())
    return render_template("community/follow_requests.html", page=page, count=count)


@bp.post("/follow-requests/<username>/accept")
@limited("follow-request", per_person("300/hour"))
def accept_follow_request(username: str) -> ResponseReturnValue:
    user = user_or_404(username)
    is_accepted = follow_requests.accept(member(), user)
    return _answered(user, _("%(name)s follows you now.", name=user.name), is_done=is_accepted)


@bp.post("/follow-requests/<username>/decline")
@limited("follow-request", per_person("300/hour"))
def decline_follow_request(username: str) -> ResponseReturnValue:
    user = user_or_404(username)
    is_declined = follow_requests.decline(member(), user)
    text = _("You declined %(name)s. They won't be notified.", name=user.name)
    return _answered(user, text, is_done=is_declined)


@bp.post("/follow-requests/<username>/restore")
@limited("follow-request", per_person("300/hour"))
def restore_follow_request(username: str) -> ResponseReturnValue:
    user = user_or_404(username)
    is_restored = follow_requests.restore(member(), user)
    db.session.commit()
    if is_restored:
        flash(_("%(name)s is waiting for your answer again.", name=user.name))
    else:
        flash(_("%(name)s is no longer asking.", name=user.name), "error")
    return redirect(_back())


def _answered(user: User, text: str, *, is_done: bool) -> ResponseReturnValue:
    db.session.commit()
    if is_done:
        undo = url_for("main.restore_follow_request", username=user.username)
        flash(text, f"undo:{undo}")
    else:
        flash(_("%(name)s is no longer asking.", name=user.name), "error")
    return redirect(_back())


def _back() -> str:
    return safe_path(request.form.get("next")) or url_for("main.follow_request_list")
