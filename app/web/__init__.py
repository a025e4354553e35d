"""What the blueprints share: sessions, access, headers, paging, assets."""

from __future__ import annotations

from flask import Flask

from app.web import (
    access,
    assets,
    badges,
    csrf,
    filters,
    headers,
    limits,
    locale,
    logs,
    metrics,
    navigation,
    sanity,
    sessions,
    times,
)

__all__ = ["init_app", "locale"]


def init_app(app: Flask) -> None:
    """Attach everything to `app`; the order of the checks on a request is this order."""
    # Tags leave no blank lines behind, so templates can be indented like any other source.
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    checks = (logs, metrics, sanity, assets, headers, sessions, limits, csrf, access)
    for part in (*checks, locale, filters, times, badges, navigation):
        part.init_app(app)
