"""The OpenAPI document: valid, complete, and kept to, whatever is sent."""

from __future__ import annotations

import json
import os
import re
import shlex
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
from tests.support.pages import Page, check_headers, get_page, log_in

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


def curl_commands(page: Page) -> list[list[str]]:
    """The words of each command on the page, as a shell reads them."""
    blocks = ["".join(block.itertext()) for block in page.all("pre")]
    lines = [line for block in blocks for line in block.splitlines()]
    return [shlex.split(line) for line in lines if line.startswith("curl ")]


def test_every_command_on_the_page_can_be_copied(
    app: Flask, client: FlaskClient, scene: User, ben: User
) -> None:
    log_in(client, ben)
    commands = curl_commands(get_page(client, "/api/docs"))
    assert len(commands) == len(OPERATIONS) + 2
    assert commands[0][:5] == ["curl", "-X", "POST", "-u", "ben"]
    token = make_token(scene).secret
    for _curl, *words, url in commands:
        path = url.removeprefix(app.config["BASE_URL"])
        assert path.startswith("/api/")
        options = dict(zip(words[::2], words[1::2], strict=True))
        headers = {"Authorization": f"Bearer {token}"}
        if "-u" in options:
            pair = b64encode(f"{options['-u']}:{PASSWORD}".encode()).decode()
            headers = {"Authorization": f"Basic {pair}"}
        if "--json" in options:
            assert isinstance(json.loads(options["--json"]), dict)
        if "-X" not in options:
            # Whether there is a row with the id 1 depends on the tests before.
            expected = {200, 404} if "/1" in path else {200}
            assert client.get(path, headers=headers).status_code in expected, path
        elif "-u" in options:
            assert client.post(path, headers=headers).status_code == 200


def test_the_page_begins_with_how_to_get_a_token(app: Flask, client: FlaskClient) -> None:
    [section] = get_page(client, "/api/docs").all("section", **{"aria-labelledby": "start"})
    assert section.find(".//a[@href='/settings/tokens']") is not None
    assert "-u ana http://localhost" in "".join(section.itertext())
    app.config["API_PASSWORD_TOKENS"] = False
    [section] = get_page(client, "/api/docs").all("section", **{"aria-labelledby": "start"})
    assert "-u ana" not in "".join(section.itertext())


def test_the_contents_lead_to_every_group_and_operation(client: FlaskClient) -> None:
    page = get_page(client, "/api/docs")
    ids = {element.get("id") for element in page.root.iter() if element.get("id")}
    [contents] = page.all("nav", **{"aria-labelledby": "contents"})
    targets = [(link.get("href") or "").removeprefix("#") for link in contents.iter("a")]
    assert set(targets) <= ids
    names = {document()["paths"][path][method]["operationId"] for path, method in OPERATIONS}
    assert names | {"errors", "limits", "posts", "objects"} <= set(targets)
    inner = {link.get("href") for link in page.all("a") if (link.get("href") or "")[:1] == "#"}
    assert {target.removeprefix("#") for target in inner} <= ids


def test_the_errors_are_a_table(client: FlaskClient) -> None:
    [table] = get_page(client, "/api/docs").all("table")
    codes = {row.text for row in table.iter("th") if row.get("scope") == "row"}
    told = {
        code
        for path, method in OPERATIONS
        for code in document()["paths"][path][method]["responses"]
        if code >= "400"
    }
    assert codes == told


def test_the_page_says_in_other_languages_that_it_is_english(client: FlaskClient) -> None:
    said = "in English only"
    assert said not in get_page(client, "/api/docs").text
    page = get_page(client, "/api/docs", headers={"Accept-Language": "es"})
    assert page.all("p", class_="lead-in")
    assert page.all("article", lang="en")


def test_the_page_for_people_has_every_operation(client: FlaskClient, ana: User) -> None:
    text = get_page(client, "/api/docs").text
    for path, method in OPERATIONS:
        assert f"{method.upper()} {path}" in text
    log_in(client, ana)
    page = get_page(client, "/api/docs")
    assert page.all("a", href="/settings/tokens")
