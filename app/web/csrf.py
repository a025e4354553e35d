"""CSRF protection: a form is accepted only from our own pages and from its own session."""

from __future__ import annotations

import hmac
from secrets import token_hex
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, request
from markupsafe import Markup

from app.database.transactions import SAFE_METHODS
from app.lib.tokens import derive_key
from app.web.sessions import current_session, visitor_token
from app.web.surfaces import current_surface
from app.web.view_options import options_of
from app.web.viewer import viewer

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"


def csrf_token() -> str:
    """A token for one form; salted, so that response compression cannot leak it."""
    salt = token_hex(8)
    token = f"{salt}.{_signature(salt, current_app.config['SECRET_KEY'])}"
    # No cache may keep the page, also when this visitor's cookie is older than it.
    g.csrf_tokens = [*issued_tokens(), token]
    return token


def issued_tokens() -> list[str]:
    """The tokens that the response to this request has."""
    tokens: list[str] = g.get("csrf_tokens", [])
    return tokens


def _signature(salt: str, secret: str) -> str:
    session = current_session()
    bound_to = session.csrf_key if session is not None else visitor_token()
    text = f"{salt}.{bound_to}".encode()
    return hmac.new(derive_key(secret, "csrf"), text, "sha256").hexdigest()


def is_same_origin() -> bool:
    """Whether the browser says that our own page sent the form, or says nothing."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    # Pages that send no referrer have the origin "null"; their token still decides.
    if origin in (None, "null"):
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    # An attacker on the network could have forged a page of ours under http.
    is_safe = parts.scheme == "https" or not current_app.config["IS_HTTPS"]
    return is_safe and parts.netloc == request.host


def has_valid_token() -> bool:
    """Whether the form field or the header carries this session's token."""
    token = request.form.get(FIELD) or request.headers.get(HEADER, "")
    salt, _, signature = token.partition(".")
    config = current_app.config
    # Forms that were open during a key rotation are still valid.
    return any(
        hmac.compare_digest(signature.encode(), _signature(salt, secret).encode())
        for secret in (config["SECRET_KEY"], *config["SECRET_KEY_FALLBACKS"])
    )


def init_app(app: Flask) -> None:
    app.jinja_env.globals["csrf_field"] = lambda: Markup(
        '<input type="hidden" name="{}" value="{}">'
    ).format(FIELD, csrf_token())

    @app.before_request
    def check_form() -> None:
        if request.method in SAFE_METHODS or request.endpoint is None:
            return
        if not current_surface().uses_cookies:
            # Without cookies, there is nothing for another site to abuse.
            return
        if not is_same_origin():
            abort(403)
        options = options_of(request.endpoint)
        if options.is_csrf_exempt or has_valid_token():
            return
        if options.is_for_visitors and viewer() is not None:
            return
        abort(400, "csrf")
