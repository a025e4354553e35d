"""What the blueprints share: sessions, access, headers, paging, assets."""

from __future__ import annotations

from flask import Flask

from app.telemetry import metrics
from app.web import (
    access,
    assets,
    csrf,
    filters,
    headers,
    input_checks,
    locale,
    request_log,
    sessions,
    unread_counts,
)
from app.web.rate_limits import rules

__all__ = ["init_app", "locale"]


def init_app(app: Flask) -> None:
    """Attach everything to `app`; the order of the checks on a request is this order."""
    checks = (request_log, metrics, input_checks, assets, headers, sessions, rules, csrf, access)
    for part in (*checks, locale, filters, unread_counts):
        part.init_app(app)
