"""Strict parsing of requests, so that clients notice their mistakes early."""

from __future__ import annotations

import json
from typing import Any, NoReturn, TypeVar

from flask import request
from pydantic import ValidationError

from app.api.schemas.base import Query, RequestBody
from app.lib.text import is_clean
from app.web.problem_json import Problem

AnyBody = TypeVar("AnyBody", bound=RequestBody)
AnyQuery = TypeVar("AnyQuery", bound=Query)
DEPTH_MAX = 20
PREFIX = "Value error, "
REPEATED = "This parameter is repeated."
INVALID_QUERY = "A query parameter is not valid."


def read_body(model: type[AnyBody], *, is_needed: bool) -> AnyBody | None:
    """The body of this request as a `model`; None if it is empty and optional."""
    if not is_needed and not request.get_data():
        return None
    if request.mimetype != "application/json":
        raise Problem(415, headers={"Accept": "application/json"})
    data = _parse(request.get_data())
    _check(data, 1)
    if not isinstance(data, dict):
        raise Problem(422, "The body must be a JSON object.")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        fields = _fields(error)
        is_missing = all(one["type"] == "missing" for one in error.errors())
        raise Problem(400 if is_missing else 422, fields=fields) from None


def read_query(model: type[AnyQuery]) -> AnyQuery:
    """The query string as a `model`; 400 if it is invalid."""
    received = {name: request.args[name] for name in model.names() if name in request.args}
    if repeated := [(name, REPEATED) for name in received if len(request.args.getlist(name)) > 1]:
        raise Problem(400, INVALID_QUERY, fields=repeated)
    try:
        return model.model_validate(received)
    except ValidationError as error:
        raise Problem(400, INVALID_QUERY, fields=_fields(error)) from None


def _parse(raw: bytes) -> Any:
    try:
        return json.loads(raw.decode(), parse_constant=_refuse_constant)
    # Also for nesting too deep for the parser, or a number with thousands of digits.
    except (ValueError, RecursionError):
        raise Problem(400, "The body is not JSON.") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _check(value: Any, depth: int) -> None:
    """Reject excessive nesting, and text that no database can store."""
    if depth > DEPTH_MAX + 1:
        raise Problem(422, f"The body is nested deeper than {DEPTH_MAX}.")
    if isinstance(value, str) and not is_clean(value):
        raise Problem(422, "A text contains an invalid character.")
    if isinstance(value, dict):
        for name, inner in value.items():
            _check(name, depth)
            _check(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth + 1)


def _fields(error: ValidationError) -> list[tuple[str, str]]:
    return [
        (".".join(map(str, one["loc"])), one["msg"].removeprefix(PREFIX))
        for one in error.errors(include_url=False, include_context=False, include_input=False)
    ]
