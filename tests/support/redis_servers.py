"""Redis for tests: real, on a loopback port, and able to stop, freeze and forget everything."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from app.backends import redis

PACKAGE = "Redis: install the Debian package redis-server"
START_SECONDS = 20
PATIENT_SECONDS = 2


@dataclass
class RedisServer:
    """A Redis that keeps its port over starts and stops, and nothing else."""

    program: str
    folder: Path
    port: int = 0
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    is_frozen: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = self.port or probe.getsockname()[1]

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/1"

    @property
    def client(self) -> Redis:
        return Redis.from_url(self.url, socket_timeout=START_SECONDS)

    def start(self) -> None:
        if self.process is not None:
            return
        where = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder)]
        command = [self.program, *where, "--save", "", "--appendonly", "no", *self.options]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        self.wait()

    def wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            with suppress(RedisError), self.client as client:
                client.ping()
                return
            assert self.process is not None
            is_alive = self.process.poll() is None and time.monotonic() < deadline
            assert is_alive, f"Redis did not start:\n{(self.folder / 'log').read_text()}"
            time.sleep(0.02)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.process = None
        self.is_frozen = False

    def freeze(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        self.is_frozen = True

    def thaw(self) -> None:
        if self.process is not None and self.is_frozen:
            self.process.send_signal(signal.SIGCONT)
        self.is_frozen = False

    def forget(self) -> None:
        with self.client as client:
            client.flushall()


def redis_program() -> str:
    found = shutil.which("redis-server")
    if found is None:
        pytest.skip(PACKAGE)
    return found


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Redis, kept for all tests of this process."""
    server = RedisServer(redis_program(), tmp_path_factory.mktemp("redis"))
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def redis_server(shared_redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> RedisServer:
    """Redis, running and empty, whatever the test before did to it."""
    # On a busy machine a server that is well may need longer than a page would wait.
    monkeypatch.setattr(redis, "RESPONSE_SECONDS", PATIENT_SECONDS)
    shared_redis.thaw()
    shared_redis.start()
    shared_redis.forget()
    return shared_redis
