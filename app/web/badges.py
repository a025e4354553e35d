"""The numbers in the navigation: asked for by the page that shows them, and by nothing else."""

from __future__ import annotations

from flask import Flask
from flask_login import current_user

from app.services import notifications
from app.services.notifications import Unread


def _unread() -> Unread:
    """What the signed-in person has not read; one statement."""
    return notifications.unread(current_user)


def init_app(app: Flask) -> None:
    app.jinja_env.globals["unread"] = _unread
