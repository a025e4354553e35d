"""The style sheet with the site's own accent color, at a URL that changes with it."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

from flask import Flask, current_app

from app.lib import accents
from app.web.templates import url_for
from config import OWN_ACCENT


def style_sheet() -> str:
    """What it says now."""
    return accents.style_sheet(current_app.config["ACCENT_COLOR"])


def version() -> str:
    """A short hash of it."""
    return _hash(style_sheet())


def theme_url() -> str | None:
    """Where it is; None while the site has the color of our own style sheet."""
    if current_app.config["ACCENT_COLOR"] == OWN_ACCENT:
        return None
    return url_for("main.theme", v=version())


@lru_cache(maxsize=8)
def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]


def init_app(app: Flask) -> None:
    app.jinja_env.globals["theme_url"] = theme_url
