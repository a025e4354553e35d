"""The viewer: the user behind a request. Only this module knows where Flask-Login stores it."""

from __future__ import annotations

from flask import Flask, g
from flask_login import AnonymousUserMixin, current_user

from app.extensions import login
from app.models import User


class Visitor(AnonymousUserMixin):  # type: ignore[misc]
    """Somebody who is not signed in, with the attributes that templates read."""

    id = None
    language = None
    time_zone = None
    theme = "system"
    is_applicant = False


def viewer() -> User | None:
    """The signed-in user; None for a visitor."""
    person = g.get("_login_user") or current_user._get_current_object()
    return person if isinstance(person, User) else None


def member() -> User:
    """The signed-in user, in views that only members reach."""
    person: User = current_user._get_current_object()
    return person


def loaded_viewer() -> User | None:
    """The signed-in user, if this request has loaded them already. Never queries the database.

    For error pages, logs and headers, which must not depend on it.
    """
    person = g.get("_login_user")
    return person if isinstance(person, User) else None


def set_viewer(person: User | None) -> None:
    """Make `person` (None: a visitor) the viewer for the rest of this request."""
    g._login_user = person or Visitor()


def forget_viewer() -> None:
    """Do not load the viewer again in this request: the database may be down."""
    g._login_user = None


def init_app(app: Flask) -> None:
    login.anonymous_user = Visitor
    login.session_protection = None
    # Flask-Login's own remember cookie reads Flask's session after every response, which makes
    # static files vary by cookie: browsers would reload them after each sign-in.
    app.after_request_funcs[None].remove(login._update_remember_cookie)  # noqa: SLF001
