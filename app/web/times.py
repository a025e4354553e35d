"""Relative times: the server renders the text, Flask-Moment keeps it current in the browser."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

import flask_moment
from babel import Locale
from babel.dates import format_timedelta
from flask import Flask
from flask_babel import force_locale, gettext
from markupsafe import Markup, escape

from app.lib.dates import utcnow
from app.web.filters import RELATIVE_WITHIN, iso_time, long_time, relative_time
from app.web.locale import page_language

VENDOR = "vendor/moment-2.31.0"
# Moment's name for a language, where it differs from ours.
MOMENT_LOCALES = {"zh": "zh-cn"}
# Whole units only, as on the server, and days never become months.
THRESHOLDS = """
moment.relativeTimeRounding(Math.floor);
moment.relativeTimeThreshold("s", 60);
moment.relativeTimeThreshold("m", 60);
moment.relativeTimeThreshold("h", 24);
moment.relativeTimeThreshold("d", Infinity);
"""


# Most times are refreshed every minute. On a page of 25 posts, to say so in each takes 2,400 bytes.
DEFAULTS = """
for (const time of document.querySelectorAll("time.flask-moment:not([data-function])")) {
  Object.assign(time.dataset, { timestamp: time.dateTime, function: "fromNow", refresh: 60000 });
}
"""


class Moment(flask_moment.moment):  # type: ignore[misc]
    """Renders a `<time>` that is readable without scripts; the original renders an empty one."""

    def _render(
        self,
        func: str,
        format: str | None = None,  # noqa: A002 (named so by the base class)
        timestamp2: str | None = None,
        no_suffix: int | None = None,
        units: str | None = None,
        refresh: bool | int = False,
    ) -> Markup:
        at = self.timestamp
        exact = {"datetime": iso_time(at), "title": long_time(at)}
        is_relative = func == "fromNow"
        text = relative_time(at) if is_relative else exact["title"]
        if is_relative and utcnow() - at >= RELATIVE_WITHIN:
            return _time(text, exact)
        if is_relative and refresh is True:
            return _time(text, {"class": "flask-moment", **exact})
        data = {
            "data-timestamp": exact["datetime"],
            "data-function": func,
            "data-format": format,
            "data-timestamp2": timestamp2,
            "data-nosuffix": "1" if no_suffix else None,
            "data-units": units,
            "data-refresh": str(int(refresh) * 60_000),
        }
        return _time(text, {"class": "flask-moment", **exact, **data})


def _time(text: str, attributes: Mapping[str, str | None]) -> Markup:
    # Markup.format would do the same; on a page of 25 posts it took a fifth of the page's time.
    pairs = ((name, value) for name, value in attributes.items() if value is not None)
    rendered = "".join(f' {name}="{escape(value)}"' for name, value in pairs)
    return Markup(f"<time{rendered}>{escape(text)}</time>")  # noqa: S704 (values are escaped)


def generated_scripts(app: Flask) -> dict[str, bytes]:
    """Flask-Moment's script with the texts of one language; one script per language, by path."""
    with app.app_context():
        script = Moment.flask_moment_js()
        scripts = {
            language: "\n".join((script, THRESHOLDS, _locale_script(language), DEFAULTS))
            for language in app.config["LANGUAGES"]
        }
    return {_script_path(language): text.encode() for language, text in scripts.items()}


def _locale_script(language: str) -> str:
    texts = json.dumps({"relativeTime": _relative_texts(language)}, ensure_ascii=False)
    return f'moment.updateLocale("{MOMENT_LOCALES.get(language, language)}", {texts});'


def _relative_texts(language: str) -> dict[str, str]:
    """The server's own texts in Moment's format, so that both always say the same."""
    locale = Locale.parse(language)

    def ago(**age: int) -> str:
        past = -timedelta(**age)
        return str(format_timedelta(past, threshold=1, add_direction=True, locale=locale))

    with force_locale(language):
        now = str(gettext("just now"))
    return {
        "past": "%s",
        # A skewed clock must not date a post in the future.
        "future": now,
        "s": now,
        "m": ago(minutes=1),
        "mm": ago(minutes=5).replace("5", "%d"),
        "h": ago(hours=1),
        "hh": ago(hours=5).replace("5", "%d"),
        "d": ago(days=1),
        "dd": ago(days=5).replace("5", "%d"),
    }


def _script_path(language: str) -> str:
    return f"js/flask-moment-{language}.js"


def moment_scripts() -> list[str]:
    """The scripts that refresh a page's times, in order, with the texts of its language only."""
    language = page_language()
    locale = MOMENT_LOCALES.get(language, language)
    # English is built into Moment.
    locale_files = [] if locale == "en" else [f"{VENDOR}/{locale}.js"]
    return [f"{VENDOR}/moment.min.js", *locale_files, _script_path(language)]


def init_app(app: Flask) -> None:
    flask_moment.Moment(app)
    app.extensions["moment"] = Moment
    # Also as a global: macros do not see what Flask-Moment adds to each page's own context.
    app.jinja_env.globals |= {"moment": Moment, "moment_scripts": moment_scripts}
