"""Workers as processes of their own, and a mail server that takes its time."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask

import config
from app.backends.jobs.redis import RQBridge
from app.backends.redis import RedisClient
from app.extensions import db
from tests.backends.conftest import Postbox
from tests.support.redis_servers import RedisServer

# For a machine that is busy with much else; alone the slowest takes 7 s.
DEADLINE_SECONDS = 120


class SlowPostbox(Postbox):
    """Holds every mail back until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.has_begun = threading.Event()
        self.is_released = threading.Event()

    async def handle_DATA(self, *words: Any) -> str:  # noqa: N802
        self.has_begun.set()
        # In a thread, so that the server still hears the others, and its client's end.
        await asyncio.to_thread(self.is_released.wait, DEADLINE_SECONDS)
        return await super().handle_DATA(*words)


class Site:
    """The settings that a test shares with the workers it starts."""

    def __init__(self, app: Flask, stack: ExitStack) -> None:
        self.stack = stack
        self.environ = os.environ | {
            "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
            "SECRET_KEY": app.config["SECRET_KEY"],
            "MAIL_SERVER": "127.0.0.1",
            "JOB_LEASE_SECONDS": "1",
            "EXPORT_FOLDER": str(app.config["EXPORT_FOLDER"]),
        }

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        return self.run("flask", "--app", "microblog", "worker", *words)

    def start_rq(self, *words: str) -> subprocess.Popen[bytes]:
        return self.run("rq.cli", "worker", "--serializer", "json", *words, "microblog-tasks")

    def run(self, module: str, *words: str) -> subprocess.Popen[bytes]:
        # What the test has read or written must not hold the lock while the workers work.
        db.session.commit()
        # What it logs is shown when the test fails.
        process = subprocess.Popen(
            [sys.executable, "-m", module, *words], cwd=config.ROOT, env=self.environ
        )
        self.stack.callback(process.wait, DEADLINE_SECONDS)
        self.stack.callback(process.kill)
        return process

    def drain(self) -> None:
        assert self.start("--drain").wait(DEADLINE_SECONDS) == 0


@pytest.fixture
def site(app: Flask) -> Iterator[Site]:
    with ExitStack() as stack:
        yield Site(app, stack)


def wait_until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def relay(
    app: Flask, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RQBridge]:
    """The app hands its rows over to Redis."""
    relay = RQBridge(RedisClient(redis_server.url))
    monkeypatch.setitem(app.extensions, "queue_bridge", relay.enqueue)
    yield relay
    relay.server.client.close()


@pytest.fixture
def redis_site(site: Site, relay: RQBridge, redis_server: RedisServer) -> Site:
    site.environ["REDIS_URL"] = redis_server.url
    return site


@pytest.fixture(params=["site", "redis_site"])
def any_site(request: pytest.FixtureRequest) -> Site:
    """Workers without and with Redis."""
    site: Site = request.getfixturevalue(request.param)
    return site
