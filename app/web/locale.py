"""In which language and time zone an answer is written."""

from __future__ import annotations

from flask import Flask, current_app, g, has_request_context, request
from flask_babel import get_locale

COOKIE = "language"
YEAR_SECONDS = 31_536_000


def select_locale() -> str:
    """The person's choice, else the visitor's, else what their browser prefers, else English."""
    if not has_request_context():
        return "en"
    languages = list(current_app.config["LANGUAGES"])
    # Only a person already looked up: error pages must not ask the database.
    chosen = getattr(g.get("_login_user"), "language", None) or request.cookies.get(COOKIE)
    if chosen in languages:
        return str(chosen)
    return request.accept_languages.best_match(languages) or "en"


def select_time_zone() -> str:
    """The person's zone; visitors read UTC until a script knows better."""
    if not has_request_context():
        return "UTC"
    return getattr(g.get("_login_user"), "time_zone", None) or "UTC"


def init_app(app: Flask) -> None:
    app.jinja_env.globals["get_locale"] = lambda: str(get_locale() or "en")
