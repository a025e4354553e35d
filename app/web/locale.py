"""The language and time zone of a response."""

from __future__ import annotations

from datetime import tzinfo

from babel.dates import get_timezone
from flask import Flask, current_app, has_request_context, request
from flask_babel import get_locale
from flask_login import current_user

from app.web.surfaces import current_surface
from app.web.viewer import loaded_viewer

COOKIE = "language"
YEAR_SECONDS = 31_536_000


def select_locale() -> str:
    """The member's setting, or the cookie, or the browser's preference, or the site's."""
    if not has_request_context() or not current_surface().uses_cookies:
        return "en"
    languages = list(current_app.config["LANGUAGES"])
    # Only a viewer already loaded: error pages must not query the database.
    person = loaded_viewer()
    chosen = (person and person.language) or request.cookies.get(COOKIE)
    if chosen in languages:
        return str(chosen)
    return _preferred(languages)


def is_language(code: str) -> bool:
    """Whether pages can be read in the language `code`."""
    return code in current_app.config["LANGUAGES"]


def page_language() -> str:
    """The language of the page that is being written."""
    locale = get_locale()
    return locale.language if locale else "en"


def _preferred(languages: list[str]) -> str:
    """The browser's first supported language, ignoring country and script.

    Werkzeug's best match picks `es` for `en-GB, es;q=0.5`, since only that tag matches exactly.
    """
    for tag, quality in request.accept_languages:
        language = tag.replace("_", "-").partition("-")[0].lower()
        if quality > 0 and language in languages:
            return language
    return str(current_app.config["DEFAULT_LANGUAGE"])


def select_time_zone() -> tzinfo:
    """The member's time zone; UTC for visitors."""
    person = loaded_viewer() if has_request_context() else None
    name = person.time_zone if person else None
    try:
        return get_timezone(name or "UTC")
    except LookupError:
        # A zone that is missing from this machine's database must not break the page.
        return get_timezone("UTC")


def init_app(app: Flask) -> None:
    @app.before_request
    def load_viewer() -> None:
        # The 404 page shows who is signed in, in their language.
        if request.endpoint is None and current_surface().uses_cookies:
            _ = current_user.is_authenticated

    app.jinja_env.globals["get_locale"] = page_language
