"""Who may call a view: signed-in people, unless the view says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.database.transactions import SAFE_METHODS
from app.models import Session
from app.models.accounts.role import Permission
from app.policies import (
    has_permission,
    is_let_in,
    is_resting,
    may_invite,
    may_moderate,
    may_report,
    may_send,
    may_write,
)
from app.services.accounts import sessions
from app.services.errors import (
    NotAcceptedError,
    NotAllowedError,
    NotVerifiedError,
    SecondFactorNeededError,
)
from app.web.navigation import admin_pages
from app.web.resume import ACCESS_CHECK, rule_of, show
from app.web.sessions import current_session
from app.web.surfaces import current_surface
from app.web.view_options import ViewOptions, options_of
from app.web.viewer import viewer

View = TypeVar("View", bound=Callable[..., Any])


def verified(view: View) -> View:
    """Only people who may write, with a confirmed address where required, may call this view."""
    return _checked(view, require_writer)


def sender(view: View) -> View:
    """Only people who may write messages may call this view."""
    return _checked(view, require_sender)


def _checked(view: View, check: Callable[[], None]) -> View:
    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        check()
        return view(*args, **kwargs)

    return wrapper  # type: ignore[return-value]


def require_verified() -> None:
    """Raises NotVerifiedError unless the viewer's address is confirmed where that is required.

    Raises NotAcceptedError for applicants.
    """
    person = viewer()
    if person is not None and person.is_applicant:
        raise NotAcceptedError
    if person is None or not is_let_in(person):
        raise NotVerifiedError


def require_writer() -> None:
    """Raises NotVerifiedError, or NotAllowedError if the viewer's role does not let them write."""
    require_verified()
    require(may_write(viewer()))


def require_sender() -> None:
    """Raises the same, or NotAllowedError if the viewer's role does not let them send messages."""
    require_writer()
    require(may_send(viewer()))


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


def _page_instead(options: ViewOptions) -> str | None:
    """The page of those who may not call the view because they wait to be let in or are suspended.

    Applicants may call what visitors may, and a few more: private pages show what members alone
    may see. The suspended have one page, and what it leads to.
    """
    person = viewer() if options.access != "public" else None
    if person is None:
        return None
    if person.is_suspended:
        return None if options.is_for_suspended else "main.appeal"
    is_open = options.access == "readable" and current_app.config["PUBLIC_READING"]
    is_kept_out = person.is_applicant and not (is_open or options.is_for_applicants)
    return "auth.waiting" if is_kept_out else None


def _ask_for_password() -> ResponseReturnValue:
    """The page that asks for the password, which carries the form along and leads back."""
    if request.method in SAFE_METHODS:
        return redirect(url_for("auth.sudo", next=request.full_path.rstrip("?")))
    response = show(rule_of("auth.sudo"), {})
    response.status_code = 403
    return response


def require_permissions(*permissions: Permission) -> None:
    """404 for people whose role has none of them; visitors are asked to sign in instead.

    Raises SecondFactorNeededError while they rest.
    """
    if not permissions or (person := viewer()) is None:
        return
    if not any(has_permission(person, permission) for permission in permissions):
        if not person.is_suspended and person.role.permissions.intersection(permissions):
            raise SecondFactorNeededError
        abort(404)


def _check_staff() -> None:
    """404 for whom no page of `/admin` is there."""
    person = viewer()
    if person is None or admin_pages():
        return
    if is_resting(person):
        raise SecondFactorNeededError
    abort(404)


# What templates ask about `current_user`, such as `is writer` and `is permitted("see_jobs")`.
TESTS: dict[str, Callable[..., bool]] = {
    "inviter": may_invite,
    "let_in": is_let_in,
    "moderator": may_moderate,
    "permitted": has_permission,
    "reporter": may_report,
    "resting": is_resting,
    "sender": may_send,
    "writer": may_write,
}


def _of_signed_in(policy: Callable[..., bool]) -> Callable[..., bool]:
    """`policy`, which no visitor meets."""
    return lambda person, *args: person.is_authenticated and policy(person, *args)


def init_app(app: Flask) -> None:
    for name, policy in TESTS.items():
        app.jinja_env.tests[name] = _of_signed_in(policy)

    app.extensions[ACCESS_CHECK] = check_access
    app.before_request(check_access)


def check_access() -> ResponseReturnValue | None:
    """What whoever may not call the view of this request gets instead; None if they may."""
    if request.endpoint is None or not current_surface().uses_cookies:
        # The API checks tokens itself.
        return None
    options = options_of(request.endpoint)
    access = options.access
    if endpoint := _page_instead(options):
        return redirect(url_for(endpoint))
    require_permissions(*options.permissions)
    if options.is_for_staff:
        _check_staff()
    is_act = bool(options.permissions) and request.method not in SAFE_METHODS
    if (options.needs_password or is_act) and (session := current_session()) is not None:
        return _ask_for_password() if _is_too_long_ago(session) else None
    if access == "public" or viewer() is not None:
        return None
    if access == "readable" and current_app.config["PUBLIC_READING"]:
        return None
    return redirect_to_login()
