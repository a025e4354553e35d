"""Who is asking. The one place that knows how Flask-Login keeps them."""

from __future__ import annotations

from flask import Flask, g
from flask_login import AnonymousUserMixin, current_user

from app.extensions import login
from app.models import User


class Visitor(AnonymousUserMixin):  # type: ignore[misc]
    """Somebody who is not signed in; answers the few questions that templates ask."""

    id = None
    language = None
    time_zone = None
    theme = "system"


def viewer() -> User | None:
    """Who is asking; None for a visitor."""
    return member() if current_user.is_authenticated else None


def member() -> User:
    """Who is asking, where only members get."""
    person: User = current_user._get_current_object()
    return person


def loaded_viewer() -> User | None:
    """Who is asking, if this request has looked them up already. Never asks the database.

    For error pages, logs and headers, which must not depend on it.
    """
    person = g.get("_login_user")
    return person if isinstance(person, User) else None


def set_viewer(person: User | None) -> None:
    """From now on this request is that person's, or a visitor's."""
    g._login_user = person or Visitor()


def forget_viewer() -> None:
    """Ask for nobody any more in this request: the database may be away."""
    g._login_user = None


def init_app(app: Flask) -> None:
    login.anonymous_user = Visitor
    login.session_protection = None
    # Flask-Login's own remember cookie reads Flask's session after every response, which makes
    # files vary by cookie: browsers would load them again after each sign-in.
    app.after_request_funcs[None].remove(login._update_remember_cookie)  # noqa: SLF001
