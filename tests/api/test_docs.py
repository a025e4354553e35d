"""The OpenAPI document: valid, complete, and kept to, whatever is sent."""

from __future__ import annotations

import json
import os
import re
from base64 import b64encode
from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode, checks
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from app.api.openapi import document
from app.database.cursor import ID_MAX
from app.models import User
from tests.support.factories import (
    PASSWORD,
    make_follow,
    make_message,
    make_post,
    make_token,
    make_user,
)
from tests.support.pages import check_headers, get_page, log_in

EXAMPLES = int(os.environ.get("MICROBLOG_API_EXAMPLES", "20"))
CHECKS = [
    checks.not_a_server_error,
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
]
# Nonsense can be so long that its length is refused first.
REFUSALS = [400, 401, 403, 404, 405, 413, 414, 415, 422]
CONFIG = schemathesis.Config.from_dict(
    {"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}}
)
OPERATIONS = [(path, method) for path, methods in document()["paths"].items() for method in methods]


@pytest.fixture
def scene(app: Flask, ana: User, ben: User) -> User:
    """Something at every address that ends in 1."""
    make_post(ana)
    make_token(ben)
    make_follow(ben, ana)
    make_message(ben, ana)
    return ana


@pytest.mark.slow
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_whatever_is_sent_the_answer_is_as_documented(
    app: Flask, scene: User, path: str, method: str
) -> None:
    schema: Any = schemathesis.openapi.from_wsgi("/api/openapi.json", app, config=CONFIG)
    operation = schema[path][method]
    right, wrong = (operation.as_strategy(generation_mode=mode) for mode in GenerationMode)

    def send(case: Case) -> None:
        # Some of what is sent ends the token that it is sent with.
        secret = make_token(scene).secret
        case.call_and_validate(headers=credentials(path, method, secret), checks=CHECKS)

    run = given(case=right | wrong)(send)
    settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )(run)()


def credentials(path: str, method: str, secret: str) -> dict[str, str]:
    if (path, method) == ("/api/tokens", "post"):
        pair = b64encode(f"ana:{PASSWORD}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}
    if (path, method) == ("/api/users", "post"):
        return {}
    return {"Authorization": f"Bearer {secret}"}


def test_every_operation_says_all_that_can_happen() -> None:
    for path, method in OPERATIONS:
        told = document()["paths"][path][method]
        assert told["summary"] and told["operationId"], (path, method)
        assert {"400", "429", "500", "503"} <= set(told["responses"])
        assert ("401" in told["responses"]) == bool(told["security"])


def test_the_document_is_for_everybody(client: FlaskClient) -> None:
    response = client.get("/api/openapi.json")
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    check_headers(response)
    assert response.json == document()


def test_every_limit_has_its_name_in_json_schema() -> None:
    # Jsonschema ignores words that it does not know.
    words = set(re.findall(r'"([a-z_]+)":', json.dumps(document())))
    assert not words & {"ge", "le", "gt", "lt", "min_length", "max_length"}
    before = document()["paths"]["/api/posts"]["get"]["parameters"][0]["schema"]
    assert (before["minimum"], before["maximum"]) == (1, ID_MAX)


@pytest.mark.parametrize("days", [5, 5.0])
def test_a_whole_number_may_be_written_with_a_point(
    app: Flask, client: FlaskClient, ana: User, days: float
) -> None:
    headers = {"Authorization": f"Bearer {make_token(ana).secret}"}
    other = make_user("dora")
    message = {"recipient_id": float(other.id), "body": "Hello"}
    assert client.post("/api/messages", json=message, headers=headers).status_code == 201
    body = {"name": "Phone", "expires_in_days": days}
    basic = credentials("/api/tokens", "post", "")
    assert client.post("/api/tokens", json=body, headers=basic).status_code == 200
    half = client.post("/api/tokens", json=body | {"expires_in_days": 5.5}, headers=basic)
    assert half.status_code == 422


def test_every_reference_leads_somewhere() -> None:
    text = json.dumps(document())
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert names <= set(document()["components"]["schemas"])


def test_the_page_for_people_has_every_operation(client: FlaskClient, ana: User) -> None:
    text = get_page(client, "/api/docs").text
    for path, method in OPERATIONS:
        assert f"{method.upper()} {path}" in text
    log_in(client, ana)
    page = get_page(client, "/api/docs")
    assert page.all("a", href="/settings/tokens")
