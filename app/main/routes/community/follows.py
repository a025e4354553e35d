"""Follow and unfollow, from any page with the button."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from app.extensions import db
from app.lib.text import excerpt
from app.lib.urls import safe_path
from app.lib.usernames import USERNAME_MAX
from app.main.blueprint import bp
from app.main.loaders import user_or_404
from app.models import User
from app.services.community import follows
from app.web.access import verified
from app.web.rate_limits.rules import limited, per_person
from app.web.viewer import member


def _back(user: User) -> ResponseReturnValue:
    own_page = url_for("main.user", username=user.username)
    return redirect(safe_path(request.form.get("next")) or own_page)


def _user_or_home(username: str) -> User:
    """The user with this name; an unknown name, as after leaving, leads home with a notice."""
    try:
        return user_or_404(username)
    except NotFound:
        name = excerpt(username, USERNAME_MAX)
        flash(_("There's no one called %(name)s anymore.", name=name), "error")
        abort(redirect(url_for("main.index")))


@bp.post("/follow/<username>")
@verified
@limited("follow", per_person("60/hour"))
def follow(username: str) -> ResponseReturnValue:
    user = _user_or_home(username)
    is_following = follows.follow(member(), user)
    db.session.commit()
    text = _("You're following %(name)s.", name=user.name)
    flash(text if is_following else _("You asked to follow %(name)s.", name=user.name))
    return _back(user)


@bp.post("/unfollow/<username>")
def unfollow(username: str) -> ResponseReturnValue:
    user = _user_or_home(username)
    was_following = follows.unfollow(member(), user)
    db.session.commit()
    # Whoever approves their followers has to be asked again.
    may_undo = was_following and not user.approves_followers
    undo = "undo:" + url_for("main.follow", username=user.username)
    text = _("You unfollowed %(name)s.", name=user.name)
    if not was_following:
        text = _("You no longer ask to follow %(name)s.", name=user.name)
    flash(text, undo if may_undo else "message")
    return _back(user)
