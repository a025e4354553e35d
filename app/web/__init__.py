"""What the blueprints share: sessions, access, headers, paging, assets."""

from __future__ import annotations

from flask import Flask

from app.telemetry import metrics
from app.web import (
    access,
    announcements,
    assets,
    cards,
    csrf,
    filters,
    headers,
    indexing,
    input_checks,
    locale,
    navigation,
    pending_sign_in,
    request_log,
    resume,
    sessions,
    site_pages,
    site_settings,
    templates,
    theme,
    times,
    unread_counts,
    viewer,
    visitor_pages,
)
from app.web.rate_limits import rules

__all__ = ["init_app", "locale", "templates"]


def init_app(app: Flask) -> None:
    """Register everything on `app`, in the order in which a request is checked."""
    # Tags leave no blank lines behind, so templates can be indented like any other source.
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    checks = (request_log, metrics, input_checks, assets, headers, viewer, sessions, rules)
    for part in (
        *checks,
        pending_sign_in,
        csrf,
        access,
        locale,
        templates,
        theme,
        filters,
        cards,
        times,
        unread_counts,
        announcements,
        navigation,
        resume,
        indexing,
        site_pages,
        site_settings,
        visitor_pages,
    ):
        part.init_app(app)
