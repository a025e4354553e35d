"""Which pages search engines may list, and the canonical URLs of pages."""

from __future__ import annotations

from flask import Flask, Response, current_app, request

# Pages that people look for. Everything else, such as search results and forms, is not listed.
INDEXED = frozenset(
    {
        "main.front",
        "main.about",
        "main.site_rules",
        "main.site_page",
        "main.decision_log",
        "main.explore",
        "main.tag",
        "main.user",
        "main.post",
        "api.docs",
    }
)


def is_indexable() -> bool:
    """Whether search engines may list the current page; nothing of a private site."""
    return bool(current_app.config["PUBLIC_READING"]) and request.endpoint in INDEXED


def full_url(path: str) -> str:
    """The URL of `path` for other sites and programs."""
    return f"{current_app.config['BASE_URL']}{path}"


def init_app(app: Flask) -> None:
    app.jinja_env.globals["is_indexable"] = is_indexable
    app.jinja_env.filters["full_url"] = full_url

    @app.after_request
    def keep_out(response: Response) -> Response:
        # Also what has no place for it in a page of its own, such as feeds and pictures.
        if request.endpoint != "static" and request.endpoint not in INDEXED:
            response.headers["X-Robots-Tag"] = "noindex"
        return response
