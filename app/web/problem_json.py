"""Errors as problem details (RFC 9457), with the members that older clients expect."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from flask import Response, json
from werkzeug.exceptions import HTTPException

from app.web.request_log import request_id

MEDIA_TYPE = "application/problem+json"
DETAILS = {
    400: "The request is malformed, or a value is missing or already taken.",
    401: "A valid token is required.",
    403: "You do not have permission to do this.",
    404: "Not found.",
    405: "This method is not allowed here.",
    409: "This conflicts with an earlier request.",
    410: "This no longer exists.",
    413: "The body is too large.",
    414: "The URL is too long.",
    415: "The body must be application/json.",
    422: "A value in the body is not valid.",
    429: "Too many requests. Retry after the number of seconds in Retry-After.",
    500: "Something went wrong on our side. It has been logged.",
    503: "The site is temporarily unavailable. Try again.",
}


class Problem(HTTPException):
    """An API error; `fields` pairs each invalid value's name with a message."""

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


def problem(code: int, error: HTTPException | None = None) -> Response:
    """The response for an error; needs neither the viewer nor the database."""
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
