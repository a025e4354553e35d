"""Every operation of the API, declared once: the route, its checks and its documentation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import getdoc
from typing import Any, Literal

from flask import Response

from app.api.blueprint import bp
from app.api.parsing import read_body, read_query
from app.api.schemas.base import Answer, Body, Query
from app.database.engine import reads_first

View = Callable[..., Any]
Access = Literal["token", "password", "nobody"]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What an operation takes and gives. `nobody`: it asks for no token and no password."""

    view: View
    method: str
    path: str
    access: Access = "token"
    # What the token must allow; None: what the method suggests.
    scope: Literal["read", "write"] | None = None
    query: type[Query] | None = None
    body: type[Body] | None = None
    is_body_needed: bool = True
    answer: type[Answer] | None = None
    status: int = 200
    # Besides those that follow from the rest.
    failures: tuple[int, ...] = ()
    takes_idempotency_key: bool = False
    computes_first: bool = False

    @property
    def name(self) -> str:
        return self.view.__name__

    @property
    def needed_scope(self) -> str:
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


OPERATIONS: dict[str, Operation] = {}


def operation(method: str, path: str, **what: Any) -> Callable[[View], View]:
    """Serve the view at `path` below /api; it gets its body and query as models."""

    def register(view: View) -> View:
        declared = Operation(view=view, method=method, path=path, **what)
        OPERATIONS[f"api.{declared.name}"] = declared

        def handle(**arguments: Any) -> Response:
            if declared.query is not None:
                arguments["query"] = read_query(declared.query)
            if declared.body is not None:
                arguments["body"] = read_body(declared.body, is_needed=declared.is_body_needed)
            return _respond(declared, view(**arguments))

        function = reads_first(handle) if declared.computes_first else handle
        bp.add_url_rule(path, declared.name, function, methods=[method.upper()])
        return view

    return register


def _respond(declared: Operation, result: Any) -> Response:
    """The answer for what the view gave: a model, or a model and headers, or nothing."""
    answer, headers = result if isinstance(result, tuple) else (result, {})
    response = Response(status=declared.status, headers=headers)
    if isinstance(answer, Answer):
        response.data = answer.model_dump_json(by_alias=True) + "\n"
        response.mimetype = "application/json"
    else:
        del response.headers["Content-Type"]
    return response
