"""API documentation: an OpenAPI document for clients and a page for people."""

from __future__ import annotations

import json
import re
from itertools import groupby

from flask import current_app, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from app.api.blueprint import bp, operation
from app.api.openapi import PARAMETER, document, failures_of, path_of
from app.api.operations import Operation
from app.web.problem_json import DETAILS
from app.web.surfaces import as_page
from app.web.view_options import readable

CODE = re.compile("`([^`]+)`")
# The objects that answers are made of, in the order of the page.
OBJECTS = (
    "User",
    "Me",
    "Post",
    "Author",
    "Conversation",
    "Message",
    "Notification",
    "Token",
    "Person",
    "Invitation",
    "Case",
    "Copy",
    "Note",
    "Decision",
    "Appeal",
    "Rule",
    "AuditEntry",
    "NumberedMeta",
    "PageLinks",
    "Problem",
)


@bp.get("/openapi.json")
@readable
def openapi() -> ResponseReturnValue:
    return document()


@bp.get("/docs")
@readable
@as_page
def docs() -> ResponseReturnValue:
    groups = [
        (tag, list(operations)) for tag, operations in groupby(operation, key=lambda one: one.tag)
    ]
    failures = [set(failures_of(one)) for one in operation]
    return render_template(
        "api/docs.html",
        groups=groups,
        objects=OBJECTS,
        errors=[(code, DETAILS[code]) for code in sorted(set[int]().union(*failures))],
        common_errors=sorted(set.intersection(*failures)),
        path_of=path_of,
        failures_of=failures_of,
        fields_of=_fields,
        parameters_of=_parameters,
        example_of=_example,
        with_code=_with_code,
        base_url=current_app.config["BASE_URL"],
        has_password_tokens=current_app.config["API_PASSWORD_TOKENS"],
    )


def _parameters(one: Operation) -> list[tuple[str, str, str]]:
    """Name, type and meaning of what the URL can say after its question mark."""
    described = document()["paths"]["/api" + path_of(one)][one.method]["parameters"]
    return [
        (
            about["name"],
            _kind(about["schema"]) + ("" if about["required"] else ", optional"),
            about["schema"].get("description", ""),
        )
        for about in described
        if about["in"] == "query"
    ]


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


def _with_code(text: str) -> Markup:
    """The text as HTML: what stands in `these` becomes code."""
    return Markup(CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 (escaped)


def _example(one: Operation) -> str:
    """A curl command that can be copied."""
    path = PARAMETER.sub(lambda found: "1" if found[1] else "bread", one.path)
    # In quotes, since some shells would expand the question mark.
    url = f"{current_app.config['BASE_URL']}/api{path}"
    url = f"'{url}?q=bread'" if "q" in one.argument_names else url
    words = ["curl"]
    if one.method != "get":
        words += ["-X", one.method.upper()]
    if one.access == "token":
        words += ["-H", '"Authorization: Bearer $TOKEN"']
    elif one.access == "password":
        words += ["-u", "ana"]
    if one.body and one.is_body_needed:
        words += ["--json", f"'{_body(one.body.__name__)}'"]
    return " ".join([*words, url])


def _body(name: str) -> str:
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
