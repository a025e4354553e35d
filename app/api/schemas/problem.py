"""The schema of errors."""

from __future__ import annotations

from pydantic import Field

from app.api.schemas.base import ResponseBody


class FieldProblem(ResponseBody):
    """An error of one field."""

    field: str
    message: str


class Problem(ResponseBody):
    """RFC 9457, with two members for older clients: `error` and `message`."""

    type: str
    title: str
    status: int
    detail: str
    instance: str = Field(description="Identifies the request in the site's log.")
    errors: list[FieldProblem]
    error: str = Field(description="The same as `title`.")
    message: str = Field(description="The same as `detail`.")
