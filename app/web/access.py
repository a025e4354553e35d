"""Who may call a view: signed-in people, unless the view says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.database.engine import SAFE_METHODS
from app.policies import may_write
from app.web.problem_json import is_api

View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Anybody may call this view."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def readable(view: View) -> View:
    """Visitors may call this view while PUBLIC_READING is on."""
    view.access = "readable"  # type: ignore[attr-defined]
    return view


def verified(view: View) -> View:
    """Only people whose address is verified (where that is required) may call this view."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if not may_write(current_user, current_app.config["EMAILS_MUST_BE_VERIFIED"]):
            flash(_("Please confirm your e-mail address first."), "error")
            return redirect(url_for("auth.resend_verification"))
        return view(*args, **kwargs)

    return checked  # type: ignore[return-value]


def access_of(endpoint: str) -> str:
    """`public`, `readable` or `private`, for the view behind `endpoint`."""
    return str(getattr(current_app.view_functions[endpoint], "access", "private"))


def to_sign_in() -> Response:
    """The way to the sign-in page, and back afterwards when that makes sense."""
    flash(_("Please sign in to see this page."))
    target = request.full_path.rstrip("?") if request.method in SAFE_METHODS else None
    return redirect(url_for("auth.login", next=target))


def init_app(app: Flask) -> None:
    @app.before_request
    def check_access() -> ResponseReturnValue | None:
        if request.endpoint is None or is_api():
            # The API asks for a token by itself.
            return None
        access = access_of(request.endpoint)
        if access == "public" or current_user.is_authenticated:
            return None
        if access == "readable" and app.config["PUBLIC_READING"]:
            return None
        return to_sign_in()


def require(allowed: bool) -> None:
    """403 unless `allowed`."""
    if not allowed:
        abort(403)
