"""Files about the site for other programs: robots.txt, and the manifest for installing it."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from flask import Response, current_app, json, url_for

from app.main.blueprint import bp
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


def _file(text: str, mimetype: str) -> Response:
    response = Response(text, mimetype=mimetype)
    response.cache_control.public = True
    response.cache_control.max_age = HOUR_SECONDS
    return response
