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
    sanity,
    sessions,
    times,
)

__all__ = ["init_app", "locale"]


def init_app(app: Flask) -> None:
    """Attach everything to `app`; the order of the checks on a request is this order."""
    checks = (logs, metrics, sanity, assets, headers, sessions, limits, csrf, access)
    for part in (*checks, locale, filters, times, badges):
        part.init_app(app)
