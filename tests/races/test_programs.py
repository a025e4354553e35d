"""Programs that send the same at the same moment: done once, on each database."""

from __future__ import annotations

import http.client
import json
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.factories import PASSWORD
from tests.support.live import LiveServer

pytestmark = [pytest.mark.server, pytest.mark.slow]
TIMES = 12


def call(
    server: LiveServer, path: str, body: dict[str, object] | None, **headers: str
) -> tuple[int, dict[str, object]]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    kind = {"Content-Type": "application/json"} if body else {}
    data = json.dumps(body) if body else None
    connection.request("POST", path, data, kind | headers)
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    return response.status, answer


def at_once(send: Callable[[int], tuple[int, dict[str, object]]]) -> list[tuple[int, object]]:
    with ThreadPoolExecutor(TIMES) as pool:
        return [(status, answer) for status, answer in pool.map(send, range(TIMES))]


def token_of(server: LiveServer, name: str) -> str:
    server.browser().join(name)
    pair = b64encode(f"{name}:{PASSWORD}".encode()).decode()
    _, answer = call(server, "/api/tokens", None, Authorization=f"Basic {pair}")
    return str(answer["token"])


def test_one_key_publishes_one_post(any_live_server, own_name):
    name = own_name("ana")
    secret = token_of(any_live_server, name)
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "k-1"}
    answers = at_once(lambda _: call(any_live_server, "/api/posts", {"body": "Once."}, **headers))
    assert {status for status, _ in answers} == {201}
    assert len({answer["id"] for _, answer in answers}) == 1
    sql = 'SELECT posts_count FROM "user" WHERE username_key = :name'
    assert any_live_server.value(sql, name=name) == 1


def test_one_key_sends_one_message(any_live_server, own_name):
    name = own_name("ana")
    headers = {"Authorization": f"Bearer {token_of(any_live_server, name)}"}
    sql = 'SELECT id FROM "user" WHERE username_key = :name'
    body = {"recipient_id": any_live_server.value(sql, name=name), "body": "Once."}
    keyed = headers | {"Idempotency-Key": "k-1"}
    answers = at_once(lambda _: call(any_live_server, "/api/messages", body, **keyed))
    assert {status for status, _ in answers} == {201}
    assert len({answer["id"] for _, answer in answers}) == 1
    sql = "SELECT count(*) FROM message WHERE sender_id = :id"
    assert any_live_server.value(sql, id=body["recipient_id"]) == 1


def test_one_name_is_given_to_one_person(any_live_server, own_name):
    name = own_name("dora")

    def join(number: int) -> tuple[int, dict[str, object]]:
        address = f"{name}.{number}@example.com"
        body: dict[str, object] = {"username": name, "email": address, "password": PASSWORD}
        return call(any_live_server, "/api/users", body)

    statuses = sorted(status for status, _ in at_once(join))
    assert statuses == [201] + [400] * (TIMES - 1)


def test_first_uses_at_once_do_not_wait_for_each_other(any_live_server, own_name):
    secret = token_of(any_live_server, own_name("ben"))
    headers = {"Authorization": f"Bearer {secret}"}
    answers = at_once(
        lambda number: call(any_live_server, "/api/posts", {"body": f"Post {number}"}, **headers)
    )
    assert {status for status, _ in answers} == {201}
