"""An S3 store on loopback, which checks signatures, for all test processes.

It is S3Proxy, which keeps files in a folder. `make s3` runs this file, which fetches it. Without it
its tests are skipped.
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from app.backends.media.s3 import S3Media
from tests.support.live import free_port
from tests.support.maven import fetch, java_home
from tests.support.shared import end_with_run, once, wait_until_gone

VERSION = "2.9.0"
KIND = "jar-with-dependencies"
ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("S3PROXY_CACHE") or ROOT / ".cache" / "s3proxy")
ARCHIVE = CACHE / f"s3proxy-{VERSION}-{KIND}.jar"
MISSING = "S3: run make s3"
# Two on a quiet machine.
START_SECONDS = 120
KEY_ID, SECRET, REGION = "test-key", "test/secret+word", "eu-test-1"
SETTINGS = """
s3proxy.endpoint=http://127.0.0.1:{port}
s3proxy.authorization=aws-v4
s3proxy.identity={key_id}
s3proxy.credential={secret}
jclouds.provider=filesystem-nio2
jclouds.filesystem.basedir={data}
"""
_numbers = count(1)


@dataclass
class S3Server:
    """The store; each of its users takes a bucket of their own."""

    port: int
    folder: Path

    @property
    def pid(self) -> int:
        return int((self.folder / "pid").read_text())

    def new_bucket(self) -> str:
        """The URL of a new bucket."""
        name = f"test-{os.getpid()}-{next(_numbers)}"
        (self.folder / "data" / name).mkdir()
        return f"http://127.0.0.1:{self.port}/{name}"

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """While the block runs, the server accepts and never answers."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        wait_until_gone(self.pid)

    def start(self) -> None:
        """Start it, also again after `kill`, with what it had kept."""
        if not ARCHIVE.exists():
            pytest.skip(MISSING)
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        settings = self.folder / "settings"
        settings.write_text(
            SETTINGS.format(port=self.port, key_id=KEY_ID, secret=SECRET, data=data)
        )
        java = java_home(os.environ.get("JAVA_HOME"), "S3") / "bin" / "java"
        # Little memory, and no long compiling for a short life.
        options: list[str | Path] = [
            "-Xmx128m",
            "-XX:TieredStopAtLevel=1",
            "-jar",
            ARCHIVE,
            "--properties",
            settings,
        ]
        # It is nobody's child, since it outlives the process of the tests that starts it.
        subprocess.run(
            ["sh", "-c", '"$@" >>log 2>&1 & echo $! >pid', "sh", java, *options],
            cwd=self.folder,
            check=True,
            start_new_session=True,
        )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline:
                raise AssertionError((self.folder / "log").read_text())
            time.sleep(0.05)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/")
            # Nobody gets in without a signature.
            return connection.getresponse().status == 403
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def store_at(url: str, secret: str = SECRET) -> S3Media:
    """The client for a bucket."""
    return S3Media(url, KEY_ID, secret, REGION)


@pytest.fixture(scope="session")
def s3_server() -> S3Server:
    """The store, started once for all processes of a run."""

    def start(folder: Path) -> str:
        server = S3Server(free_port(), folder)
        try:
            server.start()
        finally:
            with suppress(FileNotFoundError):
                end_with_run(folder, server.pid, signal.SIGKILL)
        return f"{folder} {server.port}"

    folder, port = once("s3", start).split()
    return S3Server(int(port), Path(folder))


@pytest.fixture
def own_s3_server(tmp_path: Path) -> Iterator[S3Server]:
    """A store of one's own, for those whom the others would not like to share one with."""
    server = S3Server(free_port(), tmp_path)
    try:
        server.start()
        yield server
    finally:
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(server.pid, signal.SIGKILL)
            wait_until_gone(server.pid)


if __name__ == "__main__":
    fetch(f"org.gaul:s3proxy:{VERSION}:jar:{KIND}", ARCHIVE)
