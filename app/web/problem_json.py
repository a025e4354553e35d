"""How programs are told what went wrong: RFC 9457, with the members older clients know."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from flask import Response, json, request
from werkzeug.exceptions import HTTPException

from app.web.request_log import request_id

MEDIA_TYPE = "application/problem+json"
# What is under /api and yet written for people.
PAGES = {"api.docs"}

DETAILS = {
    400: "The request cannot be read, or something in it is missing or taken.",
    401: "This needs a token that works.",
    403: "You may not do this.",
    404: "There is nothing here.",
    405: "This address does not take this method.",
    409: "This contradicts what was done before.",
    410: "This is gone.",
    413: "The body is too long.",
    414: "The address is too long.",
    415: "The body must be application/json.",
    422: "Something in the body is not right.",
    429: "This is too often. Wait for the seconds in Retry-After.",
    500: "This is our fault. It is noted.",
    503: "The site is busy or having a short rest. Try again.",
}


class Problem(HTTPException):
    """A failure that a program is told about: `fields` is what is wrong where."""

    def __init__(
        self,
        code: int,
        detail: str = "",
        *,
        fields: Iterable[tuple[str, str]] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail or DETAILS[code])
        self.code = code
        self.fields = list(fields)
        self.extra_headers = headers or {}


def is_api() -> bool:
    """Whether a program is calling, and not a browser."""
    is_below = request.path == "/api" or request.path.startswith("/api/")
    return is_below and request.endpoint not in PAGES


def wants_problem() -> bool:
    """Whether the answer to a failure is for a program: below /api, or because it asks for JSON."""
    accepted = request.accept_mimetypes
    return is_api() or accepted["application/json"] > accepted["text/html"]


def problem(code: int, error: HTTPException | None = None) -> Response:
    """The answer for a failure; needs neither a person nor the database."""
    fields = error.fields if isinstance(error, Problem) else []
    detail = str(error.description) if isinstance(error, Problem) else DETAILS.get(code, "")
    reason = HTTPStatus(code).phrase
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": reason,
        "status": code,
        "detail": detail or reason,
        "instance": f"urn:request:{request_id()}",
        "errors": [{"field": name, "message": message} for name, message in fields],
        "error": reason,
        "message": detail or reason,
    }
    response = Response(json.dumps(body) + "\n", code, mimetype=MEDIA_TYPE)
    if isinstance(error, Problem):
        response.headers.update(error.extra_headers)
    return response
