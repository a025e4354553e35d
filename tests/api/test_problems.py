"""Every failure below /api is told in one form, whoever finds it."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from app.web.rate_limits import api
from app.web.surfaces import JSON_POLICY
from tests.api.conftest import Program
from tests.support.pages import counted_statements

JSON = {"Content-Type": "application/json"}


def raw(program: Program, body: bytes, **headers: str) -> int:
    return program.post("/posts", data=body, headers={**JSON, **headers}).status_code


def test_addresses_that_are_none(nobody):
    assert nobody.get("/nowhere").status_code == 404
    assert nobody.get("").status_code == 404
    assert nobody.get("/users//1").status_code == 404
    assert nobody.get("/" + "x" * 5000).status_code == 414
    assert nobody.get("/%00").status_code == 400
    assert nobody.get("/users?page=%ff").status_code == 400


def test_methods_that_are_none_say_which_are(nobody):
    answer = nobody.call("PATCH", "/users")
    assert answer.status_code == 405
    assert {"GET", "POST"} <= set(answer.headers["Allow"].replace(" ", "").split(","))
    assert nobody.call("TRACE", "/users").status_code == 405
    assert nobody.call("OPTIONS", "/users").status_code == 200


def test_a_head_is_a_get_without_its_body(program_of, ana):
    program = program_of(ana)
    head, get = program.call("HEAD", "/me"), program.get("/me")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == str(len(get.data))


@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"],
)
def test_a_body_of_another_kind_is_a_415(program_of, ana, kind):
    answer = program_of(ana).post("/posts", data=b"{}", headers={"Content-Type": kind})
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff", 400),
        (b"\xef\xbb\xbf{}", 400),
        (b'{"body": NaN}', 400),
        (b'{"body": ' + b"9" * 5000 + b"}", 400),
        (b"[" * 20_000, 400),
        (b'{"body": ' + b"[" * 30 + b"]" * 30 + b"}", 422),
        (b'{"body": "\\ud800"}', 422),
        (b'{"\\u0000": 1}', 422),
        (b"[]", 422),
        (b"null", 422),
        (b'{"body": "x", "body": 1}', 422),
    ],
)
def test_a_body_that_is_none_is_refused(program_of, ana, body, status):
    assert raw(program_of(ana), body) == status


def test_a_body_that_is_too_long_is_a_413(program_of, ana):
    assert raw(program_of(ana), b'{"body": "' + b"x" * 70_000 + b'"}') == 413


def test_failures_of_ours_tell_nothing_of_the_inside(app, program_of, ana, monkeypatch):
    def fail(*_: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr("app.api.routes.users.serialize_me", fail)
    answer = program_of(ana).get("/me")
    assert answer.status_code == 500
    assert "secret" not in answer.get_data(as_text=True)


def test_a_database_that_is_away_is_a_pause(program_of, ana, monkeypatch):
    def fail(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("away"))

    program = program_of(ana)
    monkeypatch.setattr("app.services.accounts.tokens.find", fail)
    answer = program.get("/me")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "SELECT" not in answer.get_data(as_text=True)


def test_answers_for_programs_allow_a_browser_nothing(nobody):
    policy = nobody.get("/me").headers["Content-Security-Policy"]
    assert policy == JSON_POLICY
    assert nobody.get("/openapi.json").headers["Content-Security-Policy"] == policy


def test_a_program_that_asks_too_often_has_to_wait(app, program_of, ana, monkeypatch):
    app.config["RATELIMIT_ENABLED"] = True
    monkeypatch.setattr(api, "PER_TOKEN", 25)
    app.extensions.pop("api_leases", None)
    program = program_of(ana)
    left = []
    for _ in range(25):
        answer = program.get("/me")
        assert answer.status_code == 200
        left.append(int(answer.headers["RateLimit-Remaining"]))
    assert left == list(range(24, -1, -1))
    refused = program.get("/me")
    assert refused.status_code == 429
    assert refused.headers["RateLimit-Limit"] == "25"
    assert 0 < int(refused.headers["Retry-After"]) <= 301
    assert program_of(ana).get("/me").status_code == 200


def test_processes_share_what_they_give_out(app, program_of, ana, monkeypatch):
    app.config["RATELIMIT_ENABLED"] = True
    monkeypatch.setattr(api, "PER_TOKEN", 25)
    program, statuses = program_of(ana), []
    for number in range(40):
        if number % 4 == 0:
            # Another process: it knows nothing of the tries that this one took.
            app.extensions.pop("api_leases", None)
        statuses.append(program.get("/me").status_code)
    assert statuses.count(200) <= 25
    assert statuses[-1] == 429


def test_strangers_share_a_limit(app, nobody, monkeypatch):
    app.config["RATELIMIT_ENABLED"] = True
    monkeypatch.setattr(api, "PER_NETWORK", 10)
    app.extensions.pop("api_leases", None)
    statuses = [nobody.get("/me").status_code for _ in range(12)]
    assert statuses == [401] * 10 + [429] * 2


def test_most_requests_write_nothing(app, program_of, ana):
    app.config["RATELIMIT_ENABLED"] = True
    app.extensions.pop("api_leases", None)
    program = program_of(ana)
    program.get("/me")
    with counted_statements() as ran:
        for _ in range(9):
            program.get("/me")
    assert [sql for sql in ran if not sql.startswith("SELECT")] == []
