"""The language that a visitor reads in."""

from __future__ import annotations

from flask import abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.lib.urls import safe_path
from app.main.blueprint import bp
from app.web.access import public
from app.web.csrf import needs_no_token
from app.web.locale import COOKIE, YEAR_SECONDS


@bp.post("/language")
@public
@needs_no_token
def set_language() -> ResponseReturnValue:
    """Keep the choice in a cookie. Changes nothing of anybody's account."""
    language = request.form.get("language", "")
    if language not in current_app.config["LANGUAGES"]:
        abort(400)
    response = redirect(safe_path(request.form.get("next")) or url_for("main.front"))
    response.set_cookie(
        COOKIE,
        language,
        max_age=YEAR_SECONDS,
        secure=current_app.config["IS_HTTPS"],
        httponly=True,
        samesite="Lax",
    )
    return response
