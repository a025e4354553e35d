"""How Redis is asked: quickly, seldom when it is away, encrypted and with few rights."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.backends import redis
from app.backends.jobs.redis import RQBridge
from app.backends.redis import RedisClient
from app.web.rate_limits.storage import DatabaseStorage, SharedStorage
from tests.support.redis_servers import RedisServer, redis_program

# As docs/operations.md recommends.
RIGHTS = "on >hunter2 resetchannels &rq:* ~rq:* ~microblog:* +@all -@dangerous"


@pytest.fixture
def heard(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> Iterator[pytest.LogCaptureFixture]:
    """What is said about Redis; the app's log does not reach the root, where caplog listens."""
    logger = logging.getLogger("app.backends.redis")
    monkeypatch.setattr(logger, "propagate", False)
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)


@pytest.fixture
def guarded_redis(
    tmp_path: Path, certificate: tuple[Path, Path]
) -> Iterator[tuple[RedisServer, int]]:
    """Redis with a port for TLS and a user `site` that may do what the product needs."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    pem, key = map(str, certificate)
    tls = ("--tls-port", str(port), "--tls-cert-file", pem, "--tls-key-file", key)
    options = (*tls, "--tls-auth-clients", "no", "--user", "site", *RIGHTS.split())
    server = RedisServer(redis_program(), tmp_path, options=options)
    try:
        server.start()
        yield server, port
    finally:
        server.stop()


def test_what_redis_says_comes_back(redis_server: RedisServer) -> None:
    server = RedisClient(redis_server.url)
    assert server.try_call(server.client.ping) is True
    server.client.close()


def test_a_redis_that_is_away_is_left_alone_and_told_once(
    redis_server: RedisServer, heard: pytest.LogCaptureFixture
) -> None:
    server = RedisClient(redis_server.url)
    redis_server.stop()
    calls = []
    for _ in range(3):
        assert server.try_call(lambda: calls.append(1) or server.client.ping()) is None
    assert len(calls) == 1
    assert heard.text.count("Redis is unavailable, next attempt in 10 s") == 1


def test_after_a_rest_one_tries_and_nobody_waits_for_it(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis, "OPEN_SECONDS", 1000)
    server = RedisClient(redis_server.url)
    redis_server.stop()
    assert server.try_call(server.client.ping) is None
    monkeypatch.setattr(server.breaker, "_next_try", time.monotonic())
    is_trying, may_end = threading.Event(), threading.Event()

    def slow() -> bool:
        is_trying.set()
        may_end.wait(20)
        return True

    thread = threading.Thread(target=lambda: server.try_call(slow))
    thread.start()
    try:
        assert is_trying.wait(20)
        assert server.try_call(lambda: pytest.fail("a second one tried")) is None
    finally:
        may_end.set()
        thread.join()
    assert server.try_call(lambda: True) is True


def test_a_redis_that_came_back_is_told(
    redis_server: RedisServer, heard: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = RedisClient(redis_server.url)
    redis_server.stop()
    assert server.try_call(server.client.ping) is None
    redis_server.start()
    monkeypatch.setattr(server.breaker, "_next_try", time.monotonic())
    assert server.try_call(server.client.ping) is True
    assert "Redis is available again" in heard.text
    server.client.close()


def test_a_wrong_password_is_told_without_the_password(
    redis_server: RedisServer, heard: pytest.LogCaptureFixture
) -> None:
    server = RedisClient(redis_server.url.replace("://", "://site:hunter2@"))
    assert server.try_call(server.client.ping) is None
    assert "Redis is unavailable" in heard.text
    assert "hunter2" not in heard.text


def test_tls_checks_who_answers(
    guarded_redis: tuple[RedisServer, int], heard: pytest.LogCaptureFixture
) -> None:
    server = RedisClient(f"rediss://site:hunter2@127.0.0.1:{guarded_redis[1]}/1")
    assert server.try_call(server.client.ping) is None
    assert "certificate verify failed" in heard.text


def test_jobs_and_limits_need_tls_and_few_rights_only(
    guarded_redis: tuple[RedisServer, int], certificate: tuple[Path, Path]
) -> None:
    where = f"127.0.0.1:{guarded_redis[1]}/1?ssl_ca_certs={certificate[0]}"
    server = RedisClient(f"rediss://site:hunter2@{where}")
    relay, storage = RQBridge(server), SharedStorage(server, DatabaseStorage())
    relay.enqueue([7])
    assert relay.queued_ids() == {7}
    assert relay.pop() == 7
    assert [storage.incr("x/1/1/minute", 60) for _ in range(2)] == [1, 2]
    assert storage.get("x/1/1/minute") == 2
    assert storage.get_expiry("x/1/1/minute") > time.time()
    storage.redis.clear("x/1/1/minute")
    server.client.close()
