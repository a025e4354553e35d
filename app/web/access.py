"""Who may call a view: signed-in people, unless the view says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.database.transactions import SAFE_METHODS
from app.models import Session
from app.policies import may_write
from app.services.accounts import sessions
from app.services.errors import NotAllowedError, NotVerifiedError
from app.web.resume import rule_of, show
from app.web.sessions import current_session
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
    flash(_("Please sign in to see this page."), "info")
    target = request.full_path.rstrip("?") if request.method in SAFE_METHODS else None
    return redirect(url_for("auth.login", next=target))


def _is_too_long_ago(session: Session) -> bool:
    rule = request.url_rule
    is_form_page = rule is not None and "POST" in (rule.methods or ())
    if is_form_page and request.method in SAFE_METHODS:
        return False
    return sessions.needs_password(session)


def _ask_for_password() -> ResponseReturnValue:
    """The page that asks for the password, which carries the form along and leads back."""
    if request.method in SAFE_METHODS:
        return redirect(url_for("auth.sudo", next=request.full_path.rstrip("?")))
    response = show(rule_of("auth.sudo"), {})
    response.status_code = 403
    return response


def init_app(app: Flask) -> None:
    app.jinja_env.tests["writer"] = lambda person: may_write(
        person if person.is_authenticated else None
    )

    @app.before_request
    def check_access() -> ResponseReturnValue | None:
        if request.endpoint is None or not current_surface().uses_cookies:
            # The API checks tokens itself.
            return None
        options = options_of(request.endpoint)
        access = options.access
        if options.needs_password and (session := current_session()) is not None:
            return _ask_for_password() if _is_too_long_ago(session) else None
        if access == "public" or viewer() is not None:
            return None
        if access == "readable" and app.config["PUBLIC_READING"]:
            return None
        return redirect_to_login()
