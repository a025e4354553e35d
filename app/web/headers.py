"""The headers that every answer carries, errors and files included."""

from __future__ import annotations

from flask import Flask, Response, abort, redirect, request, session
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
HSTS = "max-age=63072000; includeSubDomains"


def no_store_no_referrer(response: Response) -> Response:
    """For pages whose address is a secret: no referrer leaves, nothing is kept."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def init_app(app: Flask) -> None:
    is_https = app.config["IS_HTTPS"]
    upgrade = "; upgrade-insecure-requests" if is_https else ""

    @app.before_request
    def insist_on_https() -> ResponseReturnValue | None:
        if not is_https or request.is_secure or request.path in ("/healthz", "/readyz"):
            return None
        if not current_surface().uses_cookies:
            # The token was sent in the clear; a client must not go on like that.
            abort(403)
        return redirect(request.url.replace("http://", "https://", 1), 308)

    @app.after_request
    def set_headers(response: Response) -> Response:
        response.headers.extend(FIXED)
        policy = current_surface().content_security_policy
        response.headers["Content-Security-Policy"] = policy + upgrade
        response.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        if is_https:
            response.headers["Strict-Transport-Security"] = HSTS
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
    response.vary.update(["Cookie", "Accept-Language"])
    # Notices and form tokens are one visitor's own; both come with a cookie.
    is_own = loaded_viewer() or session or session.modified or "Set-Cookie" in response.headers
    if not is_own and response.status_code == 200 and request.method in ("GET", "HEAD"):
        # A visitor's page: anybody may keep it, and asks each time whether it still holds.
        response.cache_control.public = True
        response.cache_control.max_age = 0
        response.cache_control.must_revalidate = True
        response.add_etag()
        response.make_conditional(request)
    else:
        response.cache_control.no_store = True
