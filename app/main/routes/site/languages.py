"""The language of the interface for a visitor."""

from __future__ import annotations

from flask import abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.lib.urls import safe_path
from app.main.blueprint import bp
from app.web.locale import COOKIE, YEAR_SECONDS
from app.web.view_options import csrf_exempt, public


@bp.post("/language")
@public
@csrf_exempt
def set_language() -> ResponseReturnValue:
    """Store the choice in a cookie. No account is changed."""
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
