"""When a request looks whether the site's settings have changed.

With each request of somebody signed in, in the statement that finds their session or token; for
visitors once a second, so that a page which many people open takes no statement more.
"""

from __future__ import annotations

import time

from flask import Flask, current_app

from app.services.site import memory, site_settings
from app.services.site.site_settings import refresh

__all__ = ["init_app", "known", "refresh", "refresh_for_visitor"]

CHECK_SECONDS = 1.0
CHECKED_AT = "site_settings_checked_at"


def known() -> int:
    """The version of the settings that this process has."""
    return int(current_app.config[site_settings.KNOWN])


def refresh_for_visitor() -> None:
    """Look whether the settings have changed, unless this process did within CHECK_SECONDS."""
    now = time.monotonic()
    if now - current_app.extensions[CHECKED_AT] < CHECK_SECONDS:
        return
    site_settings.refresh_now()
    current_app.extensions[CHECKED_AT] = now


def init_app(app: Flask) -> None:
    app.config.update(site_settings.BEFORE_ANY_CHANGE)
    app.extensions[memory.REMEMBERED] = {}
    app.extensions[CHECKED_AT] = float("-inf")
