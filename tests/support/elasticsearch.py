"""Elasticsearch: one real server for all test processes, and a line to it that can be cut.

`make elasticsearch` runs this file, which fetches the server. Without it its tests are skipped.
"""

from __future__ import annotations

import fcntl
import http.client
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.support.maven import fetch, java_home
from tests.support.shared import end_with_run, once, wait_until_gone

VERSION = "8.19.21"
ARTIFACT = "org.elasticsearch.distribution.integ-test-zip:elasticsearch"
ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("ELASTICSEARCH_CACHE") or ROOT / ".cache" / "elasticsearch")
ARCHIVE = CACHE / f"elasticsearch-{VERSION}.zip"
MISSING = "Elasticsearch: run make elasticsearch"
# Ten on a quiet machine.
START_SECONDS = 300
# A small heap, and no long compiling for a short life.
JVM = "-Xms512m\n-Xmx512m\n-XX:TieredStopAtLevel=1\n"
_numbers = count(1)


@dataclass
class Elasticsearch:
    """The server, which its users share; each takes a prefix of its own."""

    port: int
    pid: int
    folder: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def new_prefix(self) -> str:
        return f"test-{os.getpid()}-{next(_numbers)}"

    def ask(self, method: str, path: str) -> int:
        """The status of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    def refresh(self) -> None:
        """Have everything written until now found; it would be within a second."""
        assert self.ask("POST", "/_refresh") == 200

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While the block runs nobody else uses the server."""
        with (self.folder / "users").open() as users:
            fcntl.flock(users, fcntl.LOCK_EX)
            yield

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """While the block runs, which is within `alone`, the server hangs."""
        self.freeze()
        try:
            yield
        finally:
            self.thaw()

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        wait_until_gone(self.pid)

    def revive(self) -> None:
        """Start it again after `kill`, with what it had kept."""
        _launch(self.folder, self.port)
        self.pid = _pid_of(self.folder)


def _pid_of(folder: Path) -> int:
    return int((folder / "pid").read_text())


@pytest.fixture(scope="session")
def elasticsearch_server() -> Elasticsearch:
    """Elasticsearch, started once for all processes of a run."""

    def start(folder: Path) -> str:
        (folder / "users").touch()
        try:
            port = _start(folder)
        finally:
            # Also a server that is there and never answers.
            with suppress(FileNotFoundError):
                end_with_run(folder, _pid_of(folder), signal.SIGKILL)
        return f"{folder} {port}"

    place, port = once("elasticsearch", start).split()
    return Elasticsearch(int(port), _pid_of(Path(place)), Path(place))


@contextmanager
def run_elasticsearch() -> Iterator[Elasticsearch]:
    """A server of one's own, for those whom the others would not like to share one with."""
    folder = Path(tempfile.mkdtemp(prefix="microblog-elasticsearch-"))
    try:
        port = _start(folder)
        yield Elasticsearch(port, _pid_of(folder), folder)
    finally:
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(_pid_of(folder), signal.SIGKILL)
            wait_until_gone(_pid_of(folder))
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def elasticsearch(elasticsearch_server: Elasticsearch) -> Iterator[Elasticsearch]:
    """The server, which does not hang while this test runs."""
    with (elasticsearch_server.folder / "users").open() as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        yield elasticsearch_server


def _start(folder: Path) -> int:
    """Unpack the server into `folder` and start it. Returns its port."""
    if not ARCHIVE.exists():
        pytest.skip(MISSING)
    _java_home()
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(folder)
    home = _home_in(folder)
    for program in (home / "bin").iterdir():
        program.chmod(0o755)
    (home / "config" / "jvm.options.d").mkdir(exist_ok=True)
    (home / "config" / "jvm.options.d" / "heap.options").write_text(JVM)
    port = _free_port()
    _launch(folder, port)
    return port


def _home_in(folder: Path) -> Path:
    return folder / f"elasticsearch-{VERSION}"


def _launch(folder: Path, port: int) -> None:
    options: dict[str, Any] = {
        "discovery.type": "single-node",
        "xpack.security.enabled": "false",
        "http.host": "127.0.0.1",
        "transport.host": "127.0.0.1",
        "http.port": port,
        "transport.port": _free_port(),
        "path.data": folder / "data",
        "path.logs": folder / "logs",
        # Disks of test machines are often nearly full.
        "cluster.routing.allocation.disk.threshold_enabled": "false",
    }
    told = [word for name, value in options.items() for word in ("-E", f"{name}={value}")]
    command = [
        str(_home_in(folder) / "bin" / "elasticsearch"),
        "-d",
        "-p",
        str(folder / "pid"),
        *told,
    ]
    environ = {"PATH": os.environ["PATH"], "ES_JAVA_HOME": _java_home(), "HOME": str(folder)}
    with (folder / "log").open("ab") as log:
        # Its own session: Ctrl-C is for the tests, which then stop it.
        started = subprocess.run(
            [*_as_somebody(folder), *command],
            env=environ,
            stdout=log,
            stderr=log,
            check=False,
            start_new_session=True,
            timeout=START_SECONDS,
        )
    assert started.returncode == 0, (folder / "log").read_text()
    _wait_for(Elasticsearch(port, 0, folder))


def _java_home() -> str:
    return str(java_home(os.environ.get("ES_JAVA_HOME"), "Elasticsearch"))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _as_somebody(folder: Path) -> list[str]:
    """How to run a program in `folder` when we are root: the server refuses that."""
    if os.geteuid() != 0:
        return []
    person = pwd.getpwnam("nobody")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, person.pw_uid, person.pw_gid)
    ids = [f"--reuid={person.pw_uid}", f"--regid={person.pw_gid}"]
    return ["setpriv", *ids, "--clear-groups"]


def _wait_for(server: Elasticsearch) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        with suppress(OSError, http.client.HTTPException):
            if server.ask("GET", "/_cluster/health?wait_for_status=yellow&timeout=1s") == 200:
                return
        if time.monotonic() > deadline:
            raise AssertionError((server.folder / "log").read_text())
        time.sleep(0.1)


if __name__ == "__main__":
    fetch(f"{ARTIFACT}:{VERSION}:zip", ARCHIVE)
