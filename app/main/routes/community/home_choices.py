"""Show in home what others repost and reply, or leave it out: of all, or of one person."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app.extensions import db
from app.main.blueprint import bp
from app.main.loaders import user_or_404
from app.models.community.follow import HomePart
from app.services.community import home_choices
from app.web.viewer import member

CHOICE = "<any(show, hide):act>/<any(reposts, replies):part>"
OPPOSITE = {"show": "hide", "hide": "show"}
OF_ALL = {
    ("show", "reposts"): _l("Reposts now appear on your home page."),
    ("hide", "reposts"): _l("Reposts no longer appear on your home page."),
    ("show", "replies"): _l("Replies now appear on your home page."),
    ("hide", "replies"): _l("Replies no longer appear on your home page."),
}
OF_ONE = {
    ("show", "reposts"): _l("Reposts by %(name)s now appear on your home page."),
    ("hide", "reposts"): _l("Reposts by %(name)s no longer appear on your home page."),
    ("show", "replies"): _l("Replies by %(name)s now appear on your home page."),
    ("hide", "replies"): _l("Replies by %(name)s no longer appear on your home page."),
}


@bp.post(f"/index/{CHOICE}")
def choose_for_home(act: str, part: HomePart) -> ResponseReturnValue:
    home_choices.choose(member(), part, is_shown=act == "show")
    db.session.commit()
    back = url_for("main.choose_for_home", act=OPPOSITE[act], part=part)
    flash(str(OF_ALL[act, part]), f"undo:{back}")
    return redirect(url_for("main.index"))


@bp.post(f"/user/<username>/{CHOICE}")
def choose_for_person(username: str, act: str, part: HomePart) -> ResponseReturnValue:
    user = user_or_404(username)
    home_choices.choose_of(member(), user, part, is_shown=act == "show")
    db.session.commit()
    name, opposite = user.username, OPPOSITE[act]
    back = url_for("main.choose_for_person", username=name, act=opposite, part=part)
    flash(str(OF_ONE[act, part] % {"name": user.name}), f"undo:{back}")
    return redirect(url_for("main.user", username=user.username))
