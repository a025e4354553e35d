"""What a program gets when something does not work."""

from __future__ import annotations

from pydantic import Field

from app.api.schemas.base import Answer


class FieldProblem(Answer):
    """What is wrong with one field."""

    field: str
    message: str


class Problem(Answer):
    """RFC 9457, with two members for older clients: `error` and `message`."""

    type: str
    title: str
    status: int
    detail: str
    instance: str = Field(description="Names the request; it is in the log of the site.")
    errors: list[FieldProblem]
    error: str = Field(description="The same as `title`.")
    message: str = Field(description="The same as `detail`.")
