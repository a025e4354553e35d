"""The OpenAPI document, generated from the declared operations."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from flask import current_app
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.api.blueprint import operation as operations
from app.api.operations import Operation
from app.api.schemas.problem import Problem
from app.database.cursor import ID_MAX
from app.web.problem_json import DETAILS, MEDIA_TYPE

REF = "#/components/schemas/{model}"
# A converter, if there is one, and a name.
PARAMETER = re.compile(r"<(?:(int):)?(\w+)>")
# A failure with one of these statuses always has this header.
HEADERS: dict[int, tuple[str, dict[str, Any]]] = {
    401: ("WWW-Authenticate", {"type": "string"}),
    429: ("Retry-After", {"type": "integer", "minimum": 0}),
}
DONE = {200: "OK.", 201: "Created.", 204: "Done; the response has no body."}
KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A key for this request, so that it can be retried safely.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
}


def document() -> dict[str, Any]:
    """The whole document; the same for every client of this site."""
    config = current_app.config
    return _document(config["POST_MAX_LENGTH"], config["PASSWORD_MIN_LENGTH"])


@cache
def _document(post_max: int, password_min: int) -> dict[str, Any]:
    schemas = _schemas()
    # The two limits that a site sets itself.
    for body in ("NewPost", "EditedPost"):
        schemas[body]["properties"]["body"]["maxLength"] = post_max
    schemas["NewUser"]["properties"]["password"]["minLength"] = password_min
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        path = paths.setdefault("/api" + path_of(operation), {})
        path[operation.method] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Microblog",
            "version": "1",
            "description": "Read and write with an access token. See /api/docs.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "password": {"type": "http", "scheme": "basic"},
            },
        },
    }


def path_of(operation: Operation) -> str:
    return PARAMETER.sub(r"{\2}", operation.path)


def failures_of(operation: Operation) -> list[int]:
    """The status codes of every error."""
    codes = {400, 414, 429, 500, 503, *operation.failures}
    if operation.access != "nobody":
        codes |= {401}
    if operation.needed_scope == "write" and operation.access == "token":
        codes |= {403}
    if operation.permissions:
        codes |= {403, 404}
    if PARAMETER.search(operation.path):
        codes |= {404}
    if operation.body:
        codes |= {413, 415, 422}
    return sorted(codes)


def _described(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": _responses(operation),
        "security": [] if operation.access == "nobody" else [{operation.access: []}],
    }
    if operation.description:
        described["description"] = operation.description
    if operation.body:
        content = {"application/json": {"schema": _ref(operation.body)}}
        described["requestBody"] = {"required": operation.is_body_needed, "content": content}
    return described


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    kinds = {"int": {"type": "integer", "minimum": 1, "maximum": ID_MAX}, "": {"type": "string"}}
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": kinds[converter]}
        for converter, name in PARAMETER.findall(operation.path)
    ]
    if operation.query:
        query = operation.query.model_json_schema()
        for name, schema in query["properties"].items():
            is_required = name in query.get("required", [])
            parameters.append(
                {"name": name, "in": "query", "required": is_required, "schema": _plain(schema)}
            )
    if operation.takes_idempotency_key:
        parameters.append(KEY_PARAMETER)
    return parameters


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without null: an optional parameter cannot be null in a URL."""
    kinds = [kind for kind in schema.pop("anyOf", []) if kind != {"type": "null"}]
    default = schema.pop("default", None)
    return {**schema, **(kinds[0] if kinds else {}), **({"default": default} if default else {})}


def _responses(operation: Operation) -> dict[str, Any]:
    done: dict[str, Any] = {"description": DONE[operation.status]}
    if operation.answer:
        done["content"] = {"application/json": {"schema": _ref(operation.answer)}}
    if operation.status == 201:
        schema = {"type": "string", "format": "uri-reference"}
        done["headers"] = _header("Location", schema)
    failed = {str(code): _failed(code) for code in failures_of(operation)}
    return {str(operation.status): done, **failed}


def _failed(code: int) -> dict[str, Any]:
    failed: dict[str, Any] = {
        "description": DETAILS[code],
        "content": {MEDIA_TYPE: {"schema": _ref(Problem)}},
    }
    if code in HEADERS:
        failed["headers"] = _header(*HEADERS[code])
    return failed


def _header(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {name: {"required": True, "schema": schema}}


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REF.format(model=model.__name__)}


def _schemas() -> dict[str, Any]:
    bodies = {one.body for one in operations if one.body}
    responses = {one.answer for one in operations if one.answer} | {Problem}
    models: list[Any] = [(model, "validation") for model in bodies]
    models += [(model, "serialization") for model in responses]
    models.sort(key=lambda pair: pair[0].__name__)
    _names, schema = models_json_schema(models, ref_template=REF)
    return dict(schema["$defs"])
