"""Who may call a view: signed-in people, unless the view says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.database.transactions import SAFE_METHODS
from app.policies import may_write
from app.services.errors import NotAllowedError, NotVerifiedError
from app.web.surfaces import current_surface
from app.web.view_options import options_of
from app.web.viewer import viewer

View = TypeVar("View", bound=Callable[..., Any])


def verified(view: View) -> View:
    """Only people whose address is confirmed (where that is required) may call this view."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        require_writer()
        return view(*args, **kwargs)

    return wrapper  # type: ignore[return-value]


def require_writer() -> None:
    """Raises NotVerifiedError unless the viewer may post and write messages."""
    if not may_write(viewer()):
        raise NotVerifiedError


def require(allowed: bool) -> None:
    """Raises NotAllowedError unless a policy has `allowed` it."""
    if not allowed:
        raise NotAllowedError


def redirect_to_login() -> Response:
    """Redirect to the sign-in page, which leads back here if this request was a safe one."""
    flash(_("Please sign in to see this page."))
    target = request.full_path.rstrip("?") if request.method in SAFE_METHODS else None
    return redirect(url_for("auth.login", next=target))


def init_app(app: Flask) -> None:
    app.jinja_env.tests["writer"] = lambda person: may_write(
        person if person.is_authenticated else None
    )

    @app.before_request
    def check_access() -> ResponseReturnValue | None:
        if request.endpoint is None or not current_surface().uses_cookies:
            # The API checks tokens itself.
            return None
        access = options_of(request.endpoint).access
        if access == "public" or current_user.is_authenticated:
            return None
        if access == "readable" and app.config["PUBLIC_READING"]:
            return None
        return redirect_to_login()
