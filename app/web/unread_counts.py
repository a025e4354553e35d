"""What every page shows its member: the counts in the navigation, and how their archive goes."""

from __future__ import annotations

from flask import Flask, g

from app.services.messages.updates import Updates, updates_of
from app.web.viewer import member


def _updates() -> Updates:
    """What is new for the signed-in person; one statement, and only where a page asks."""
    if "updates" not in g:
        g.updates = updates_of(member())
    updates: Updates = g.updates
    return updates


def init_app(app: Flask) -> None:
    app.jinja_env.globals["updates"] = _updates
