"""In which language and time zone an answer is written."""

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
    """The person's choice, else the visitor's, else what their browser prefers, else English."""
    if not has_request_context() or not current_surface().uses_cookies:
        return "en"
    languages = list(current_app.config["LANGUAGES"])
    # Only a person already looked up: error pages must not ask the database.
    person = loaded_viewer()
    chosen = (person and person.language) or request.cookies.get(COOKIE)
    if chosen in languages:
        return str(chosen)
    return _preferred(languages)


def is_language(code: str) -> bool:
    """Whether pages can be read in the language `code`."""
    return code in current_app.config["LANGUAGES"]


def _preferred(languages: list[str]) -> str:
    """The first of the browser's languages that is ours, whatever its country or script.

    Werkzeug's best match takes `es` for `en-GB, es;q=0.5`, since only that one is spelt like ours.
    """
    for tag, quality in request.accept_languages:
        language = tag.replace("_", "-").partition("-")[0].lower()
        if quality > 0 and language in languages:
            return language
    return "en"


def select_time_zone() -> tzinfo:
    """The person's zone; visitors read UTC until a script knows better."""
    person = loaded_viewer() if has_request_context() else None
    name = person.time_zone if person else None
    try:
        return get_timezone(name or "UTC")
    except LookupError:
        # A zone that this machine does not know (yet, or any more) must not cost the page.
        return get_timezone("UTC")


def init_app(app: Flask) -> None:
    @app.before_request
    def look_person_up() -> None:
        # The page about a wrong address shows who is signed in, so it speaks their language too.
        if request.endpoint is None and current_surface().uses_cookies:
            _ = current_user.is_authenticated

    app.jinja_env.globals["get_locale"] = lambda: str(get_locale() or "en")
