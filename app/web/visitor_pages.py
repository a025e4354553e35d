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
from app.web import csrf, form_stamps, site_settings
from app.web.locale import COOKIE, page_language
from app.web.viewer import viewer

View = TypeVar("View", bound=Callable[..., Any])
# Of all pages together.
KEPT_BYTES_MAX = 4_000_000
# Longer ones lead to no page of ours, and would only displace others.
QUERY_MAX = 100
# A response with other headers may be for one visitor alone.
COMMON_HEADERS = {"Content-Type", "Content-Length"}
# No page of ours has such characters.
TOKEN_HERE, STAMP_HERE = b"\0", b"\1"


class KeptPage:
    """A page, with TOKEN_HERE and STAMP_HERE instead of what protects a form of it."""

    def __init__(self, response: Response) -> None:
        self._html = response.get_data()
        for token in csrf.issued_tokens():
            self._html = self._html.replace(token.encode(), TOKEN_HERE)
        for stamp in form_stamps.issued():
            self._html = self._html.replace(stamp.encode(), STAMP_HERE)
        self._has_form = TOKEN_HERE in self._html
        self._etag: str | None = None
        if not self._has_form:
            # No visitor comes back to the same form.
            response.add_etag()
            self._etag = response.get_etag()[0]

    def __len__(self) -> int:
        return len(self._html)

    def response(self) -> Response:
        """The page for one more visitor, whose forms are their own."""
        if self._has_form:
            html = self._html.replace(TOKEN_HERE, csrf.csrf_token().encode())
            if STAMP_HERE in html:
                html = html.replace(STAMP_HERE, form_stamps.issue().encode())
            return Response(html, mimetype="text/html")
        response = Response(self._html, mimetype="text/html")
        if self._etag is not None:
            response.set_etag(self._etag)
        return response


def kept_for_visitors(view: View) -> View:
    """Show visitors what `view` showed another visitor a moment ago."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if not _is_same_for_all():
            return view(*args, **kwargs)
        pages: BoundedCache[KeptPage] = current_app.extensions["visitor_pages"]
        key = (request.base_url, request.query_string, page_language(), site_settings.known())
        page = pages.get(key)
        if page is not None:
            return page.response()
        response = make_response(view(*args, **kwargs))
        if _may_be_kept(response):
            pages.put(key, KeptPage(response))
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
    # A form gives a visitor without cookies one, and nothing else may.
    return is_plain and ("session_cookie" in g) == bool(csrf.issued_tokens())


def init_app(app: Flask) -> None:
    seconds = app.config["VISITOR_PAGE_SECONDS"]
    app.extensions["visitor_pages"] = BoundedCache[KeptPage](KEPT_BYTES_MAX, seconds)
