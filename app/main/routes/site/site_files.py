"""Files about the site: robots.txt, the manifest for installing it, and its own color."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from flask import Response, current_app, json, request, url_for

from app.main.blueprint import bp
from app.services.site import site_settings
from app.web.assets import YEAR_SECONDS
from app.web.theme import style_sheet, version
from app.web.view_options import public

HOUR_SECONDS = 3600
# Forms, lists without an end, and what changes with every reader.
NOT_CRAWLED = (
    "/admin/",
    "/api/",
    "/auth/",
    "/invitations",
    "/messages",
    "/notifications",
    "/search",
    "/settings",
)
# The page about the API is for people.
CRAWLED = ("/api/docs",)
PAPER = "#faf9f5"
ICON_SIZES = (192, 512)


@bp.get("/robots.txt")
@public
def robots() -> Response:
    is_public = current_app.config["PUBLIC_READING"]
    closed, opened = (NOT_CRAWLED, CRAWLED) if is_public else (("/",), ())
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    lines += [f"Allow: {path}" for path in opened]
    return _file("\n".join(lines) + "\n", "text/plain")


@bp.get("/site.webmanifest")
@public
def manifest() -> Response:
    """What a phone needs to keep the site among its apps."""
    name = current_app.config["SITE_NAME"]
    asset = cast("Callable[[str], str]", current_app.jinja_env.globals["asset"])
    icons = [
        {
            "src": asset(f"img/icon-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for size in ICON_SIZES
        for purpose in ("any", "maskable")
    ]
    start = url_for("main.front")
    about = {
        "name": name,
        "short_name": name,
        "description": current_app.config["SITE_DESCRIPTION"],
        "id": start,
        "start_url": start,
        "scope": start,
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": PAPER,
        "icons": icons,
    }
    return _file(json.dumps(about), "application/manifest+json")


@bp.get("/theme.css")
@public
def theme() -> Response:
    if request.args.get("v") != version():
        # The page may come from a process that knows a newer color.
        site_settings.refresh_now()
    response = Response(style_sheet(), mimetype="text/css")
    is_own = request.args.get("v") == version()
    response.cache_control.max_age = YEAR_SECONDS if is_own else 0
    response.cache_control.public = is_own
    response.cache_control.immutable = is_own
    return response


def _file(text: str, mimetype: str) -> Response:
    response = Response(text, mimetype=mimetype)
    response.cache_control.public = True
    response.cache_control.max_age = HOUR_SECONDS
    return response
