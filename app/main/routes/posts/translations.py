"""Posts in the reader's language: below a post, and for clients that send its text."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.database.transactions import defers_write_lock
from app.extensions import db
from app.lib.languages import LANGUAGE_NAMES
from app.main.blueprint import bp
from app.main.loaders import post_or_404
from app.models import Post
from app.policies import may_translate
from app.services.posts import translations
from app.web.access import require
from app.web.locale import is_language, page_language
from app.web.rate_limits.rules import hit, per_person
from app.web.viewer import member, viewer

NAMES = ("text", "source_language", "dest_language")


@bp.post("/post/<int:post_id>/translation")
@defers_write_lock
def translate_post(post_id: int) -> ResponseReturnValue:
    post, language = post_or_404(post_id), page_language()
    if not may_translate(viewer(), post, language):
        abort(404)
    source = post.language
    text = _translated(post, language)
    if request.form.get("as") == "fragment":
        context = {"text": text, "source": source, "language": language, "failure": _failure()}
        return render_template("posts/_translation.html", **context)
    if text is None:
        flash(_failure(), "error")
        return redirect(url_for("main.post", post_id=post_id))
    page = url_for("main.post", post_id=post_id, translation=language)
    return redirect(f"{page}#translation")


@bp.post("/translate")
@defers_write_lock
def translate() -> ResponseReturnValue:
    """JSON in, JSON out; a failure of the service is reported in the text, which clients expect."""
    text, source, language = _requested()
    if source not in LANGUAGE_NAMES or not is_language(language) or source == language:
        abort(422)
    post = translations.find_post(member(), text, source)
    if post is None:
        abort(404)
    require(may_translate(member(), post, language))
    return {"text": _translated(post, language) or _failure()}


def _requested() -> list[str]:
    """The text and the two language codes from the JSON body; 4xx if it is invalid."""
    if not request.is_json:
        abort(415)
    try:
        body: Any = request.get_json()
    except RecursionError:
        abort(400)
    received = [body.get(name) for name in NAMES] if isinstance(body, dict) else []
    values = [value for value in received if isinstance(value, str) and value]
    if len(values) < len(NAMES):
        abort(422)
    return values


def _translated(post: Post, language: str) -> str | None:
    """`post` in `language`; only calls to the service count against the rate limit."""
    text = translations.cached(post, language)
    if text is None and translations.is_available():
        hit("translate", per_person("60/hour"))
        text = translations.request(post, language)
        db.session.commit()
    return text


def _failure() -> str:
    if not translations.is_available():
        return str(_("Translation isn't set up on this site."))
    return str(_("No response from the translation service. Please try again later."))
