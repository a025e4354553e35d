"""Pages for visitors, kept for a moment: many people open what was just shared somewhere.

Visitors without cookies see the same page when they ask for the same address in the same language.
VISITOR_PAGE_SECONDS bounds how long they may see what has changed or is gone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, make_response, request

from app.lib.bounded_cache import BoundedCache
from app.web.locale import COOKIE, page_language
from app.web.viewer import viewer

View = TypeVar("View", bound=Callable[..., Any])
# Of all pages together.
KEPT_BYTES_MAX = 4_000_000
# Longer ones lead to no page of ours, and would only displace others.
QUERY_MAX = 100
# A response with other headers may be for one visitor alone.
COMMON_HEADERS = {"Content-Type", "Content-Length"}


def kept_for_visitors(view: View) -> View:
    """Show visitors what `view` showed another visitor a moment ago."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if not _is_same_for_all():
            return view(*args, **kwargs)
        pages: BoundedCache[bytes] = current_app.extensions["visitor_pages"]
        key = (request.base_url, request.query_string, page_language())
        page = pages.get(key)
        if page is not None:
            return Response(page, mimetype="text/html")
        response = make_response(view(*args, **kwargs))
        if _may_be_kept(response):
            pages.put(key, response.get_data())
        return response

    return wrapper  # type: ignore[return-value]


def _is_same_for_all() -> bool:
    """Whether all that the page may depend on is in the key, and pages are kept at all."""
    return (
        current_app.config["VISITOR_PAGE_SECONDS"] > 0
        and request.method in ("GET", "HEAD")
        and len(request.query_string) <= QUERY_MAX
        # Such as the one with a notice for the next page.
        and request.cookies.keys() <= {COOKIE}
        and viewer() is None
    )


def _may_be_kept(response: Response) -> bool:
    is_plain = response.status_code == 200 and set(response.headers.keys()) <= COMMON_HEADERS
    return is_plain and "session_cookie" not in g and not g.get("has_csrf_token")


def init_app(app: Flask) -> None:
    seconds = app.config["VISITOR_PAGE_SECONDS"]
    app.extensions["visitor_pages"] = BoundedCache[bytes](KEPT_BYTES_MAX, seconds)
