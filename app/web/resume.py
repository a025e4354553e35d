"""Show a form again with what was filled in, after something else had to come first.

Somebody whose session ended while they wrote signs in, and finds their text in the form they
wrote it in. Nothing is stored meanwhile: each page carries the fields to the next, and they are
never submitted without another click.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from app.lib.urls import safe_path
from app.web.csrf import FIELD as TOKEN
from app.web.view_options import options_of

FIELD = "resume"
# Where `web/access.py` puts its check of the view that answers this request.
ACCESS_CHECK = "access_check"
# What the pages in between ask themselves, and what must not be sent twice.
NOT_KEPT = {
    *(TOKEN, FIELD, "submit", "next"),
    *("username", "password", "code", "recovery_code", "remember_me", "time_zone", "credential"),
}


def is_resumed() -> bool:
    """Whether this request only shows a form again: it submits nothing, and counts nowhere."""
    return bool(g.get("is_resumed", False))


def path_to_resume() -> str | None:
    """Where the form that this request carries along is sent to; None if it carries none."""
    if "resume_path" in g:
        return str(g.resume_path) if g.resume_path else None
    own = request.endpoint is not None and options_of(request.endpoint).is_resumable
    path = request.path if own else safe_path(request.form.get(FIELD))
    return path if path is not None and _target(path) is not None else None


def kept_fields(*also: str) -> list[tuple[str, str]]:
    """What was filled in, by name, and `also` fields that this page does not ask for itself."""
    left_out = NOT_KEPT.difference(also)
    return [(name, value) for name, value in request.form.items() if name not in left_out]


def resume(path: str | None) -> Response | None:
    """The page whose form is sent to `path`, filled in with what this request carries along.

    The client chose that path, so what holds for whoever opens that page is checked first.
    """
    target = None if path is None else _target(path)
    if target is None:
        return None
    g.resume_path = path_to_resume()
    request.url_rule, request.view_args = target
    refusal = current_app.extensions[ACCESS_CHECK]()
    return show(*target) if refusal is None else current_app.make_response(refusal)


def show(rule: Rule, arguments: dict[str, object]) -> Response:
    """Answer with the view of `rule` as if its form had been filled in and not been sent yet."""
    g.resume_path = path_to_resume()
    request.url_rule, request.view_args = rule, arguments
    g.is_resumed = True
    view = current_app.ensure_sync(current_app.view_functions[rule.endpoint])
    return current_app.make_response(view(**arguments))


def rule_of(endpoint: str) -> Rule:
    """The rule of a view whose path has no arguments."""
    return next(iter(current_app.url_map.iter_rules(endpoint)))


def _target(path: str) -> tuple[Rule, dict[str, object]] | None:
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        return None
    try:
        rule, arguments = adapter.match(urlsplit(path).path, method="POST", return_rule=True)
    except HTTPException:
        return None
    return (rule, dict(arguments)) if options_of(rule.endpoint).is_resumable else None


def init_app(app: Flask) -> None:
    app.jinja_env.globals["kept_fields"] = kept_fields
    app.jinja_env.globals["path_to_resume"] = path_to_resume
