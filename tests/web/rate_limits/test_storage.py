"""Counts in Redis: shared by processes, stricter without Redis, and never without a limit."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from app import db
from app.backends.redis import RedisClient
from app.models import RateLimit
from app.web.rate_limits.rules import hit, hit_read, per_value, refund, reset
from app.web.rate_limits.storage import DatabaseStorage, SharedStorage
from tests.support.live import LiveServer, serve
from tests.support.pages import counted_statements
from tests.support.redis_servers import RedisServer


@pytest.fixture
def server(
    app: Flask, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RedisClient]:
    server = RedisClient(redis_server.url)
    app.config["RATELIMIT_ENABLED"] = True
    limiter = FixedWindowRateLimiter(SharedStorage(server, DatabaseStorage()))
    monkeypatch.setitem(app.extensions, "rate_limiter", limiter)
    yield server
    server.client.close()


def tries(limit: str = "6/minute", scope: str = "test") -> int:
    """How many tries are let through."""
    for number in range(20):
        try:
            hit(scope, per_value(limit, "x"))
        except TooManyRequests:
            return number
    return 20


def hits() -> list[int]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(RateLimit.hits)))


def test_tries_are_counted_in_redis(server: RedisClient) -> None:
    assert tries() == 6
    assert hits() == []
    (key,) = server.client.keys("*")
    assert key.startswith(b"microblog:")
    assert 0 < server.client.ttl(key) <= 60


def test_looks_are_counted_in_redis_or_in_memory_and_never_written(
    app: Flask, server: RedisClient, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    limiter = FixedWindowRateLimiter(SharedStorage(server, MemoryStorage()))
    monkeypatch.setitem(app.extensions, "read_limiter", limiter)
    rule = per_value("4/minute", "x")

    def looks() -> int:
        for number in range(20):
            try:
                hit_read("test", rule)
            except TooManyRequests:
                return number
        return 20

    with counted_statements() as statements:
        assert looks() == 4
        assert len(server.client.keys("*")) == 1
        redis_server.stop()
        # Nobody knows any more how many there were.
        assert looks() == 2
    assert statements == []


def test_tries_are_taken_back_and_forgotten_in_redis(server: RedisClient) -> None:
    rule = per_value("6/minute", "x")
    assert tries() == 6
    refund("test", rule)
    refund("test", rule)
    hit("test", rule)
    reset("test", rule)
    assert tries() == 6


@pytest.mark.parametrize("fault", ["stop", "freeze"])
def test_without_redis_half_as_many_tries_are_let_through(
    server: RedisClient, redis_server: RedisServer, fault: str
) -> None:
    getattr(redis_server, fault)()
    assert tries() == 3
    reset("test", per_value("6/minute", "x"))
    assert tries() == 3


def test_what_counts_for_days_outlives_redis(
    server: RedisClient, redis_server: RedisServer
) -> None:
    assert tries("5/30 days") == 5
    redis_server.forget()
    assert tries("5/30 days") == 0
    reset("test", per_value("5/30 days", "x"))
    redis_server.stop()
    assert tries("5/30 days") == 5


def test_all_counts_can_be_emptied(server: RedisClient) -> None:
    tries()
    tries("5/day")
    assert SharedStorage(server, DatabaseStorage()).reset() == 2
    assert tries() == 6


@pytest.fixture(scope="module")
def site(
    shared_redis: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    """The product in two processes that share Redis."""
    folder = tmp_path_factory.mktemp("live")
    settings = {"REDIS_URL": shared_redis.url, "RATELIMIT_ENABLED": "1"}
    with serve(f"sqlite:///{folder}/app.db", folder, **settings) as server:
        yield server


def attempts(site: LiveServer, name: str, times: int) -> list[int]:
    browser = site.browser()
    fields = browser.fill("/auth/login", username=name, password="wrong guess")
    # A connection each, so that both processes get some.
    return [browser.post("/auth/login", fields).status for _ in range(times)]


@pytest.mark.slow
def test_processes_share_limits_and_answer_when_redis_hangs(
    redis_server: RedisServer, site: LiveServer
) -> None:
    browser = site.browser().join("ben")
    assert attempts(site, "ana", 12) == [422] * 10 + [429] * 2
    assert site.value("SELECT count(*) FROM rate_limit WHERE key LIKE '%minute'") == 0

    redis_server.freeze()
    begun = time.monotonic()
    assert browser.send("/index", post="Still here").status == 302
    assert browser.send("/settings/profile", about_me="Hello").status == 302
    assert browser.get("/explore").status == 200
    # Each of the two processes may have waited once for Redis.
    assert time.monotonic() - begun < 5
    assert attempts(site, "cleo", 7) == [422] * 5 + [429] * 2
