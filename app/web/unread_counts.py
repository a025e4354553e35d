"""What every page shows a member: unread counts, and the progress of an export."""

from __future__ import annotations

from flask import Flask, g

from app.models import Marker
from app.services.messages.updates import Updates, updates_of
from app.web.viewer import member


def _updates() -> Updates:
    """The viewer's updates; one query, only on pages that use them."""
    if "updates" not in g:
        g.updates = updates_of(member())
    updates: Updates = g.updates
    return updates


def home_marker() -> Marker | None:
    """How far the viewer has read in home; read together with the updates for their page."""
    g.updates = updates_of(member(), with_marker=True)
    marker: Marker | None = g.updates.marker
    return marker


def init_app(app: Flask) -> None:
    app.jinja_env.globals["updates"] = _updates
