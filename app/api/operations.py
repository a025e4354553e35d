"""Operations of a JSON API, declared once: the route, its checks and its documentation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from inspect import getdoc
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from flask import Blueprint, Response

from app.api.parsing import read_body, read_query
from app.api.schemas.base import Query, RequestBody, ResponseBody
from app.database.transactions import defers_write_lock
from app.models.accounts.role import Permission

View = Callable[..., Any]
Access = Literal["token", "password", "nobody"]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """The contract of an operation. Access `nobody`: it needs neither a token nor a password.

    Its query, request body and response body come from the view's annotations.
    """

    view: View
    method: str
    path: str
    access: Access = "token"
    # The scope that the token needs; None: derived from the method.
    scope: Literal["read", "write"] | None = None
    # Of which the role of the token's owner has to hold one; the token then needs the scope admin.
    permissions: tuple[Permission, ...] = ()
    query: type[Query] | None = None
    body: type[RequestBody] | None = None
    is_body_needed: bool = True
    answer: type[ResponseBody] | None = None
    status: int = 200
    # Errors besides those that follow from the other fields.
    failures: tuple[int, ...] = ()
    takes_idempotency_key: bool = False
    computes_first: bool = False

    @property
    def name(self) -> str:
        return self.view.__name__

    @property
    def needed_scope(self) -> str:
        if self.permissions:
            return "admin"
        return self.scope or ("read" if self.method == "get" else "write")

    @property
    def tag(self) -> str:
        return self.view.__module__.rpartition(".")[2]

    @property
    def summary(self) -> str:
        return (getdoc(self.view) or "").partition("\n")[0]

    @property
    def argument_names(self) -> list[str]:
        return self.query.names() if self.query else []

    @property
    def description(self) -> str:
        text = (getdoc(self.view) or "").partition("\n")[2]
        return " ".join(text.split())


class Operations:
    """All operations of one blueprint, by endpoint."""

    def __init__(self, blueprint: Blueprint) -> None:
        self.blueprint = blueprint
        self._by_endpoint: dict[str, Operation] = {}

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._by_endpoint.values())

    def get(self, endpoint: str) -> Operation | None:
        return self._by_endpoint.get(endpoint)

    def __call__(self, method: str, path: str, **declared: Any) -> Callable[[View], View]:
        """Serve the view at `path` under the blueprint; its body and query are passed as models."""

        def register(view: View) -> View:
            operation = Operation(
                view=view, method=method, path=path, **_annotated(view), **declared
            )
            self._by_endpoint[f"{self.blueprint.name}.{operation.name}"] = operation
            handle = _handler(operation)
            function = defers_write_lock(handle) if operation.computes_first else handle
            methods = [method.upper()]
            self.blueprint.add_url_rule(path, operation.name, function, methods=methods)
            return view

        return register


def _annotated(view: View) -> dict[str, Any]:
    """What a view's annotations declare: `query`, `body`, and the (first) value that it returns."""
    hints = get_type_hints(view)
    declared: dict[str, Any] = {"query": hints.get("query")}
    if (body := hints.get("body")) is not None:
        models = [kind for kind in get_args(body) if kind is not NoneType] or [body]
        declared |= {"body": models[0], "is_body_needed": body is models[0]}
    result = hints["return"]
    answer = get_args(result)[0] if get_origin(result) is tuple else result
    declared["answer"] = None if answer is NoneType else answer
    return declared


def _handler(operation: Operation) -> View:
    def handle(**arguments: Any) -> Response:
        if operation.query is not None:
            arguments["query"] = read_query(operation.query)
        if operation.body is not None:
            arguments["body"] = read_body(operation.body, is_needed=operation.is_body_needed)
        return _respond(operation, operation.view(**arguments))

    return handle


def _respond(operation: Operation, result: Any) -> Response:
    """The response for a view's return value: a model, a model with headers, or None."""
    body, headers = result if isinstance(result, tuple) else (result, {})
    response = Response(status=operation.status, headers=headers)
    if isinstance(body, ResponseBody):
        response.data = body.model_dump_json(by_alias=True) + "\n"
        response.mimetype = "application/json"
    else:
        del response.headers["Content-Type"]
    return response
