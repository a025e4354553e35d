"""What every template can call, quick enough for the hundreds of calls that a page makes.

Macros see these without `with context`, so Jinja evaluates a file of macros once, not on each page
that imports it.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any

import flask
import flask.templating
from flask import Flask, request
from flask_babel import get_translations
from flask_login import current_user
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from app.web.locale import page_language

ADDRESSES_KEPT = 10_000
# There are fewer sentences without values, in each language.
SENTENCES_KEPT = 5_000


class Environment(flask.templating.Environment):
    """Jinja as Flask sets it up, with quicker imports."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The globals of a template; no copy, since an import compares all of them each time."""
        return super().make_globals(d) if d else self.globals


def url_for(endpoint: str, **values: Any) -> str:
    """Flask's `url_for`, which remembers the addresses of pages."""
    # The other arguments make an address that depends on more.
    if endpoint.startswith(".") or not values.keys().isdisjoint(("_external", "_scheme")):
        return flask.url_for(endpoint, **values)
    return _address(request.script_root, endpoint, tuple(values), *values.values())


# Typed, since 1 and True are equal and their addresses are not.
@lru_cache(maxsize=ADDRESSES_KEPT, typed=True)
def _address(_script_root: str, endpoint: str, names: tuple[str, ...], *values: Any) -> str:
    return flask.url_for(endpoint, **dict(zip(names, values, strict=True)))


@pass_eval_context
def gettext(eval_context: EvalContext, sentence: str, **values: Any) -> str:
    """Jinja's `gettext`, which remembers the sentences without values."""
    if not eval_context.autoescape:
        return str(get_translations().ugettext(sentence)) % values
    if values:
        return Markup(get_translations().ugettext(sentence)) % values  # noqa: S704 (our own text)
    return _sentence(page_language(), sentence)


@lru_cache(maxsize=SENTENCES_KEPT)
def _sentence(_language: str, sentence: str) -> Markup:
    return Markup(get_translations().ugettext(sentence)) % {}  # noqa: S704 (our own text)


def init_app(app: Flask) -> None:
    app.jinja_env.globals |= {
        "url_for": url_for,
        "_": gettext,
        "gettext": gettext,
        "current_user": current_user,
    }
