"""A cookie that marks the browser in which somebody registered, until their address is confirmed.

It shows that browser alone where to look for the mail, and lets the link in the mail sign in there.
"""

from __future__ import annotations

from flask import Response, current_app, request

from app.extensions import db
from app.lib.tokens import read_link, sign_link
from app.models import User

PURPOSE = "registration"
MINUTES = 24 * 60


def cookie_name() -> str:
    return "__Host-registration" if current_app.config["IS_HTTPS"] else "registration"


def remember(response: Response, user: User) -> None:
    """Have `response` mark this browser as the one in which `user` registered."""
    token = sign_link(current_app.config["SECRET_KEY"], PURPOSE, user.id, "", MINUTES)
    response.set_cookie(
        cookie_name(),
        token,
        max_age=MINUTES * 60,
        secure=current_app.config["IS_HTTPS"],
        httponly=True,
        samesite="Lax",
    )


def registered_here() -> User | None:
    """Who registered in this browser and has not confirmed their address yet."""
    config = current_app.config
    secrets = [config["SECRET_KEY"], *config["SECRET_KEY_FALLBACKS"]]
    claims = read_link(secrets, PURPOSE, request.cookies.get(cookie_name(), ""))
    user = db.session.get(User, claims.subject) if claims else None
    return user if user is not None and user.is_active and not user.is_verified else None
