"""What every page tells its member: the numbers in the navigation, and how their archive goes."""

from __future__ import annotations

from flask import Flask, g
from flask_login import current_user

from app.services.messages import notifications
from app.services.messages.notifications import Unread


def _unread() -> Unread:
    """What the signed-in person has not read; one statement, and only where a page asks."""
    if "unread" not in g:
        g.unread = notifications.unread(current_user)
    unread: Unread = g.unread
    return unread


def init_app(app: Flask) -> None:
    app.jinja_env.globals["unread"] = _unread
