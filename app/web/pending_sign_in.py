"""A cookie for who has given the right password and not yet a code.

It gives access to nothing: it only says whose code is asked for. It works for ten minutes, in the
browser that gave the password, until that account is signed in to or its password changes.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Response, current_app, g, request

from app.extensions import db
from app.lib.dates import is_time_zone
from app.lib.tokens import fingerprint, hash_token, read_link, sign_link
from app.models import User
from app.web.sessions import visitor_token

PURPOSE = "pending-sign-in"
MINUTES = 10


@dataclass(frozen=True)
class PendingSignIn:
    """Who has given their password, and what they chose on that page."""

    user: User
    is_remembered: bool
    time_zone: str


def cookie_name() -> str:
    return "__Host-pending-sign-in" if current_app.config["IS_HTTPS"] else "pending-sign-in"


def begin(user: User, *, is_remembered: bool, time_zone: str) -> None:
    """Have the response to this request set the cookie."""
    g.pending_sign_in = sign_link(
        current_app.config["SECRET_KEY"],
        PURPOSE,
        user.id,
        _fingerprint(user),
        MINUTES,
        remembered="1" if is_remembered else "",
        zone=time_zone if is_time_zone(time_zone) else "",
    )


def current(*, for_update: bool = False) -> PendingSignIn | None:
    """Who has given their password in this browser; `for_update` locks their row."""
    config = current_app.config
    token = g.get("pending_sign_in") or request.cookies.get(cookie_name(), "")
    secrets = [config["SECRET_KEY"], *config["SECRET_KEY_FALLBACKS"]]
    link = read_link(secrets, PURPOSE, token) if token else None
    if link is None:
        return None
    user = db.session.get(User, link.subject, with_for_update=for_update, populate_existing=True)
    if user is None or not user.is_active or link.fingerprint != _fingerprint(user):
        return None
    claims = link.claims
    return PendingSignIn(user, bool(claims["remembered"]), claims["zone"])


def end() -> None:
    """Have the response to this request delete the cookie."""
    g.pending_sign_in = ""


def _fingerprint(user: User) -> str:
    browser = hash_token(visitor_token())
    return fingerprint(browser, user.password_hash, user.signed_in_at)


def init_app(app: Flask) -> None:
    @app.after_request
    def set_cookie(response: Response) -> Response:
        if "pending_sign_in" not in g:
            return response
        name, is_https = cookie_name(), app.config["IS_HTTPS"]
        if g.pending_sign_in:
            response.set_cookie(
                name,
                g.pending_sign_in,
                max_age=MINUTES * 60,
                secure=is_https,
                httponly=True,
                samesite="Lax",
            )
        else:
            response.delete_cookie(name, secure=is_https, httponly=True, samesite="Lax")
        return response
