"""The OpenAPI document: valid, complete, and kept to, whatever is sent."""

from __future__ import annotations

import json
import os
import re
from base64 import b64encode
from random import Random
from string import ascii_letters
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import (
    ensure_resource_availability,
    status_code_conformance,
    use_after_free,
)

from app import db, models
from app.api.blueprint import operation as operations
from app.api.openapi import document, path_of
from app.database.cursor import ID_MAX
from app.models import Decision, Invitation, User
from app.services.accounts import invitations
from app.services.moderation import appeals, decisions
from tests.support.factories import (
    PASSWORD,
    make_filter,
    make_follow,
    make_message,
    make_post,
    make_token,
    make_user,
)
from tests.support.moderation import decide, make_report
from tests.support.pages import check_headers
from tests.support.roles import give_role

EXAMPLES = int(os.environ.get("MICROBLOG_API_EXAMPLES", "10"))
# Nonsense can be so long that its length is refused first.
REFUSALS = [400, 401, 403, 404, 405, 413, 414, 415, 422]
CONFIG = schemathesis.Config.from_dict(
    {"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}}
)
OPERATIONS = [("/api" + path_of(one), one.method) for one in operations]
# What a format promises beyond its pattern: these are not reserved.
USERNAMES = st.from_regex(r"[a-z]{4,8}[0-9]{2}(?:[._-][A-Z]{4})?", fullmatch=True)


@pytest.fixture(autouse=True, scope="module")
def formats() -> None:
    schemathesis.openapi.format("username", USERNAMES)


@pytest.fixture
def scene(app: Flask, ana: User, ben: User) -> User:
    """Somebody who has followed, written to and heard from another, and may change things."""
    make_post(ana)
    make_follow(ben, ana)
    make_message(ben, ana)
    return ana


@pytest.mark.slow
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_whatever_is_sent_the_answer_is_as_documented(
    app: Flask, scene: User, ben: User, path: str, method: str
) -> None:
    schema: Any = schemathesis.openapi.from_wsgi("/api/openapi.json", app, config=CONFIG)
    operation = schema[path][method]

    def send(case: Case) -> None:
        # Some of what is sent ends the token that it is sent with.
        is_for_staff = path.startswith("/api/admin/")
        if is_for_staff:
            give_role(scene, "administrator")
        secret = make_token(scene, "admin" if is_for_staff else "write").secret
        headers = None if _is_about_credentials(case) else credentials(path, method, secret)
        _aim(case, scene, ben)
        case.call_and_validate(headers=headers)

    config = schema.config.generation_for(operation=operation)
    # Every limit of the document: what is just within, and what is just beyond.
    for case in schema.iter_coverage_cases(
        operation, generation_modes=list(GenerationMode), generation_config=config
    ):
        send(case)
    right, wrong = (operation.as_strategy(generation_mode=mode) for mode in GenerationMode)
    run = given(case=right | wrong)(send)
    settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )(run)()


@pytest.mark.slow
def test_what_was_created_is_there_until_it_is_deleted(app: Flask, ana: User) -> None:
    schema: Any = schemathesis.openapi.from_wsgi("/api/openapi.json", app, config=CONFIG)

    class Journeys(schema.as_state_machine()):
        def get_call_kwargs(self, case: Case) -> dict[str, Any]:
            secret = make_token(ana).secret
            return {"headers": credentials(case.path, case.method.lower(), secret)}

        def validate_response(self, response: Any, case: Case, **kwargs: Any) -> None:
            # What a single request may bring is the other test's to say.
            checks = [use_after_free, ensure_resource_availability, status_code_conformance]
            kwargs.pop("additional_checks", None)
            case.validate_response(
                response, checks, transport_kwargs=kwargs, recorder=self.recorder
            )

    Journeys.run(
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=6,
            derandomize=True,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            database=None,
        )
    )


def _is_about_credentials(case: Case) -> bool:
    """Whether what is wrong with `case` is how it signs in."""
    meta = case.meta
    if meta is None or not meta.is_negative_at(ParameterLocation.HEADER):
        return False
    names = {mutation.parameter for mutation in getattr(meta.phase.data, "mutations", [])}
    return "Authorization" in names or getattr(meta.phase.data, "parameter", "") == "Authorization"


def _aim(case: Case, sender: User, other: User) -> None:
    """Let a request that is right by the document also find what it is about."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    operation = (case.method.lower(), case.path)
    if operation == ("post", "/api/users"):
        # Names and addresses of earlier requests are free again.
        db.session.execute(sa.delete(User).where(User.id.not_in([sender.id, other.id])))
        db.session.commit()
        # As long as it was, but hard to guess; and mail cannot reach a domain that is for tests.
        letters = Random(1).choices(ascii_letters, k=len(case.body["password"]))
        case.body["password"] = "".join(letters)
        case.body["email"] = re.sub(r"\.(test|local|invalid)$", ".org", case.body["email"])
    elif operation == ("post", "/api/messages") and isinstance(case.body, dict):
        case.body["recipient_id"] = other.id
    elif operation in {("post", "/api/reports"), ("post", "/api/admin/cases")}:
        case.body["user_id"] = other.id
        if operation == ("post", "/api/reports"):
            case.body["rule_id"] = 1
    elif "tag" in case.path_parameters:
        case.path_parameters["tag"] = "bread"
    elif case.path_parameters:
        if isinstance(case.body, dict) and "rule_id" in case.body:
            case.body["rule_id"] = 1
        user = sender if operation == ("put", "/api/users/{user_id}") else other
        rows = {
            "user_id": lambda: user,
            "post_id": lambda: make_post(sender),
            "token_id": lambda: make_token(sender),
            "filter_id": lambda: make_filter(sender, "bread"),
            "invitation_id": lambda: make_invitation(sender),
            "case_id": make_case,
            "decision_id": make_appealed_decision,
        }
        if case.path.endswith("/verify"):
            other.email_verified_at = None
            db.session.commit()
        case.path_parameters = {name: rows[name]().id for name in case.path_parameters}


def make_stranger() -> User:
    """Somebody whom no earlier request has named."""
    return make_user(f"x{uuid4().hex[:12]}")


def make_case() -> models.Case:
    """About somebody whose post was reported."""
    person = make_stranger()
    return make_report(make_stranger(), person, "", make_post(person))


def make_appealed_decision() -> Decision:
    decision = decide(make_stranger(), "silence")
    appeals.file(decisions.find(decision.id), "It wasn't me.")
    db.session.commit()
    return decision


def make_invitation(maker: User) -> Invitation:
    invitation = invitations.create(maker, 1, 1)
    db.session.commit()
    return invitation


def credentials(path: str, method: str, secret: str) -> dict[str, str]:
    if (path, method) == ("/api/tokens", "post"):
        pair = b64encode(f"ana:{PASSWORD}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}
    if (path, method) == ("/api/users", "post"):
        return {}
    return {"Authorization": f"Bearer {secret}"}


def test_every_operation_says_all_that_can_happen(app: Flask) -> None:
    for path, method in OPERATIONS:
        described = document()["paths"][path][method]
        assert described["summary"] and described["operationId"], (path, method)
        assert {"400", "429", "500", "503"} <= set(described["responses"])
        assert ("401" in described["responses"]) == bool(described["security"])


def test_the_document_is_for_everybody(client: FlaskClient) -> None:
    response = client.get("/api/openapi.json")
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    check_headers(response)
    assert response.json == document()


def test_every_limit_has_its_name_in_json_schema(app: Flask) -> None:
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


def test_every_reference_leads_somewhere(app: Flask) -> None:
    text = json.dumps(document())
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert names <= set(document()["components"]["schemas"])


def test_every_text_in_a_body_has_its_limits(app: Flask) -> None:
    schemas = document()["components"]["schemas"]
    for body in {one.body.__name__ for one in operations if one.body}:
        for name, about in schemas[body]["properties"].items():
            kinds = [about, *about.get("anyOf", [])]
            for text in (kind for kind in kinds if kind.get("type") == "string"):
                assert "enum" in text or {"maxLength", "pattern"} <= set(text), (body, name)


def test_limits_that_the_site_sets_are_told(app: Flask) -> None:
    app.config.update(POST_MAX_LENGTH=500, PASSWORD_MIN_LENGTH=10)
    schemas = document()["components"]["schemas"]
    assert schemas["NewPost"]["properties"]["body"]["maxLength"] == 500
    assert schemas["NewUser"]["properties"]["password"]["minLength"] == 10


def test_a_failure_says_how_to_do_better(app: Flask) -> None:
    described = document()["paths"]["/api/posts"]["post"]["responses"]
    assert described["401"]["headers"]["WWW-Authenticate"]["required"]
    assert described["429"]["headers"]["Retry-After"]["schema"] == {"type": "integer", "minimum": 0}
