"""The headers of every response, including errors and files."""

from __future__ import annotations

from flask import Flask, Response, abort, g, redirect, request, session
from flask.typing import ResponseReturnValue

from app.web.surfaces import current_surface
from app.web.viewer import loaded_viewer

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
HSTS = "max-age=63072000"


def no_store_no_referrer(response: Response) -> Response:
    """For pages with a secret URL or content: send no referrer, cache nothing."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def init_app(app: Flask) -> None:
    is_https = app.config["IS_HTTPS"]
    upgrade = "; upgrade-insecure-requests" if is_https else ""

    @app.before_request
    def require_https() -> ResponseReturnValue | None:
        if not is_https or request.is_secure or request.path in ("/healthz", "/readyz"):
            return None
        if not current_surface().uses_cookies:
            # The token was sent in the clear; fail, so that the client does not keep doing so.
            abort(403)
        return redirect(request.url.replace("http://", "https://", 1), 308)

    @app.after_request
    def set_headers(response: Response) -> Response:
        response.headers.extend(FIXED)
        policy = current_surface().content_security_policy
        response.headers["Content-Security-Policy"] = policy + upgrade
        response.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        if is_https:
            # The rest of the domain may belong to other people, unless the operator says otherwise.
            has_subdomains = app.config["HSTS_SUBDOMAINS"]
            suffix = "; includeSubDomains" if has_subdomains else ""
            response.headers["Strict-Transport-Security"] = HSTS + suffix
        if request.endpoint != "static":
            _set_caching(response)
        return response


def _set_caching(response: Response) -> None:
    if "Cache-Control" in response.headers:
        return
    if not current_surface().uses_cookies:
        response.cache_control.no_store = True
        response.vary.add("Authorization")
        return
    # Written as text, here and below: to build it from parts costs a tenth of a short page.
    response.headers.add("Vary", "Cookie, Accept-Language")
    # Flashed messages and CSRF tokens belong to one visitor.
    has_notices = session or session.modified or "Set-Cookie" in response.headers
    is_personal = loaded_viewer() or has_notices or g.get("csrf_tokens")
    if not is_personal and response.status_code == 200 and request.method in ("GET", "HEAD"):
        # A visitor's page: any cache may store it, but must revalidate it each time.
        response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
        response.add_etag()
        response.make_conditional(request)
    else:
        response.headers["Cache-Control"] = "no-store"
