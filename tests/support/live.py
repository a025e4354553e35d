"""The whole product as it is served: gunicorn, two processes, a real database, a loopback port."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from tests.support.databases import copy_template, migrate
from tests.support.pages import read_fields
from tests.support.stamps import after_a_while

ROOT = Path(__file__).resolve().parents[2]
CLIENT = ROOT / "tests" / "races" / "client.py"
START_SECONDS = 60
ANSWER_SECONDS = 60
FORM = "application/x-www-form-urlencoded"
SECRET_KEY = "a key for tests alone, thirty-two bytes and more"


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@dataclass
class Answer:
    """What the server said to one request."""

    status: int
    headers: dict[str, str]
    body: str


@dataclass
class LiveBrowser:
    """Somebody at a browser of their own: keeps cookies, follows no redirects."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def request(self, method: str, path: str, data: Mapping[str, str] | None = None) -> Answer:
        connection = self.connection()
        body = urlencode(data) if data is not None else None
        connection.request(method, path, body, self.headers())
        response = connection.getresponse()
        text = response.read().decode()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                self.cookies |= {key: item.value for key, item in SimpleCookie(value).items()}
        connection.close()
        return Answer(response.status, dict(response.getheaders()), text)

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)

    def headers(self) -> dict[str, str]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Content-Type": FORM} | ({"Cookie": cookie} if cookie else {})

    def get(self, path: str) -> Answer:
        return self.request("GET", path)

    def post(self, path: str, data: Mapping[str, str]) -> Answer:
        return self.request("POST", path, data)

    def fill(self, path: str, action: str | None = None, **values: str) -> dict[str, str]:
        """The form of the page `path` that sends to `action`, filled in but not yet sent."""
        fields = read_fields(self.get(path).body, action or path)
        visitor = self.cookies.get("session") or self.cookies.get("__Host-session", "")
        return after_a_while(fields, SECRET_KEY, visitor) | values

    def send(self, path: str, action: str | None = None, **values: str) -> Answer:
        """Fill in and send the form of the page `path` that sends to `action`."""
        return self.post(action or path, self.fill(path, action, **values))

    def join(self, username: str) -> LiveBrowser:
        """Register as `username` and sign in."""
        password = "correct horse 7 battery"
        answer = self.send(
            "/auth/register",
            username=username,
            email=f"{username}@example.com",
            password=password,
            password2=password,
        )
        assert answer.status == 302, answer.body
        # Where a mail must be answered first, the password signs in as well.
        if self.get("/auth/login").status == 200:
            answer = self.send("/auth/login", username=username, password=password)
            assert answer.status == 302, answer.body
        return self


@dataclass
class LiveServer:
    """A running site and the database behind it."""

    port: int
    engine: sa.Engine
    # With which other processes of the same site are started.
    environ: dict[str, str]
    process: subprocess.Popen[bytes]
    log: Path

    def browser(self) -> LiveBrowser:
        return LiveBrowser(self.port)

    def value(self, sql: str, **parameters: object) -> object:
        """The one value that `sql` finds in the site's database."""
        with self.engine.connect() as connection:
            return connection.execute(sa.text(sql), parameters).scalar_one()

    def at_once(self, requests: list[tuple[LiveBrowser, str, Mapping[str, str]]]) -> list[int]:
        """Send the forms from as many processes at the same moment. Returns the statuses."""
        processes = [self._client(*request) for request in requests]
        try:
            for process in processes:
                assert process.stdout is not None
                assert process.stdout.readline() == "ready\n"
            for process in processes:
                assert process.stdin is not None
                process.stdin.write("go\n")
                process.stdin.flush()
            return [int(process.communicate(timeout=ANSWER_SECONDS)[0]) for process in processes]
        finally:
            for process in processes:
                process.kill()
                process.communicate()

    def _client(
        self, browser: LiveBrowser, path: str, data: Mapping[str, str]
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-S", str(CLIENT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        order = [self.port, path, urlencode(data), browser.headers()]
        assert process.stdin is not None
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        return process


@contextmanager
def serve(database_url: str, folder: Path, **settings: str) -> Iterator[LiveServer]:
    """Give the database at `database_url` its tables and serve it while the block runs."""
    if not copy_template(database_url):
        migrate(database_url, folder)
    environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environ |= {
        "DATABASE_URL": database_url,
        "SECRET_KEY": SECRET_KEY,
        "RATELIMIT_ENABLED": "0",
        "EXPORT_FOLDER": str(folder / "exports"),
        **settings,
    }
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        (folder / "log").open("wb") as log,
        (folder / "errors").open("wb") as errors,
    ):
        port = listener.getsockname()[1]
        # Links in mails lead here.
        environ["PORT"] = str(port)
        # The master's children inherit the socket, so nobody can take the port in between.
        bind = f"--bind=fd://{listener.fileno()}"
        options = ["-c", "deployment/gunicorn.conf.py", bind]
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "microblog:app", *options],
            cwd=ROOT,
            env=environ,
            pass_fds=[listener.fileno()],
            stdout=log,
            stderr=errors,
        )
        engine = sa.create_engine(database_url)
        try:
            _wait_for(port, process, folder / "errors")
            yield LiveServer(port, engine, environ, process, folder / "log")
        finally:
            engine.dispose()
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        # The listener accepts from the start; an answer comes once a worker runs.
        with suppress(OSError):
            if LiveBrowser(port).get("/auth/login").status == 200:
                return
        is_alive = process.poll() is None and time.monotonic() < deadline
        assert is_alive, f"the server did not start:\n{log.read_text()}"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """The product on SQLite, started once for all tests of this process."""
    folder = tmp_path_factory.mktemp("live")
    with serve(f"sqlite:///{folder}/app.db", folder) as server:
        yield server
