"""API documentation: an OpenAPI document for clients and a page for people."""

from __future__ import annotations

import json
from itertools import groupby

from flask import current_app, render_template
from flask.typing import ResponseReturnValue

from app.api.blueprint import bp, operation
from app.api.openapi import document, failures_of, path_of
from app.web.surfaces import as_page
from app.web.view_options import public


@bp.get("/openapi.json")
@public
def openapi() -> ResponseReturnValue:
    return document()


@bp.get("/docs")
@public
@as_page
def docs() -> ResponseReturnValue:
    groups = [
        (tag, list(operations)) for tag, operations in groupby(operation, key=lambda one: one.tag)
    ]
    return render_template(
        "api/docs.html",
        groups=groups,
        path_of=path_of,
        failures_of=failures_of,
        fields_of=_fields,
        example_of=_example,
        base_url=current_app.config["BASE_URL"],
    )


def _fields(name: str) -> list[tuple[str, str, str]]:
    """Name, type and meaning of each field of a schema."""
    schema = document()["components"]["schemas"][name]
    required = schema.get("required", [])
    return [
        (
            field,
            _kind(about) + ("" if field in required else ", optional"),
            about.get("description", ""),
        )
        for field, about in schema["properties"].items()
    ]


def _example(name: str) -> str:
    """A body with the required fields, or with the first one."""
    schema = document()["components"]["schemas"][name]
    fields = schema.get("required") or list(schema["properties"])[:1]
    kinds = {field: schema["properties"][field].get("type") for field in fields}
    body = {field: 1 if kind == "integer" else "…" for field, kind in kinds.items()}
    return json.dumps(body, ensure_ascii=False)


def _kind(about: dict[str, object]) -> str:
    for part in about.get("anyOf", []):  # type: ignore[attr-defined]
        if part != {"type": "null"}:
            return f"{_kind(part)} or null"
    if "$ref" in about:
        return str(about["$ref"]).rpartition("/")[2]
    if "enum" in about:
        return " or ".join(map(str, about["enum"]))  # type: ignore[call-overload]
    if about.get("type") == "array":
        return f"list of {_kind(about['items'])}"  # type: ignore[arg-type]
    return str(about.get("format") or about.get("type"))
