"""Pages through gunicorn: what they cost the processes of a server, whatever the client costs."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import config
from tests.support.live import free_port
from tests.support.waiting import eventually

# As many as the server has workers: more would measure how they wait for each other.
CONNECTIONS = 2
REQUESTS, WARM_UP = 150, 20
TICKS_PER_MILLISECOND = os.sysconf("SC_CLK_TCK") / 1000
HELLO = """
from flask import Flask
app = Flask(__name__)
@app.get("/")
def hello():
    return "hello"
"""


class Server:
    """A gunicorn with its workers."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.port = port
        self._pid = process.pid

    def milliseconds(self, path: str, cookie: str = "") -> float:
        """The CPU time of a request, in all processes of the server together."""
        self._ask(path, cookie, WARM_UP)
        before = self._ticks()
        self._ask(path, cookie, REQUESTS)
        ticks = self._ticks() - before
        return ticks / TICKS_PER_MILLISECOND / (REQUESTS * CONNECTIONS)

    def is_up(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", "/", headers={"Host": "localhost"})
            connection.getresponse().read()
        except OSError:
            return False
        finally:
            connection.close()
        return True

    def _ticks(self) -> int:
        children = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text().split()
        ticks = 0
        for pid in (self._pid, *children):
            # After the name, which may have spaces: state is the third field, utime the 14th.
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks

    def _ask(self, path: str, cookie: str, times: int) -> None:
        failed: list[int] = []

        def drive() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            headers = {"Host": "localhost", **({"Cookie": cookie} if cookie else {})}
            for _ in range(times):
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                answer.read()
                if answer.status != http.HTTPStatus.OK:
                    failed.append(answer.status)
            connection.close()

        threads = [Thread(target=drive) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed:
            raise RuntimeError(f"{path}: {len(failed)} answers failed, the first with {failed[0]}")


@contextmanager
def serve(module: str, folder: Path, settings: dict[str, str]) -> Iterator[Server]:
    """The app `module`, served as the product is."""
    port = free_port()
    environ = {**os.environ, **settings, "PORT": str(port), "PYTHONPATH": str(folder)}
    conf = str(config.ROOT / "deployment" / "gunicorn.conf.py")
    words = [sys.executable, "-m", "gunicorn", "-c", conf, module]
    with (folder / "gunicorn.log").open("wb") as log:
        process = subprocess.Popen(words, env=environ, stdout=log, stderr=log)
        try:
            server = Server(process, port)
            eventually(server.is_up)
            yield server
        finally:
            process.terminate()
            process.wait()


@contextmanager
def serve_hello(folder: Path) -> Iterator[Server]:
    """A Flask view that returns a word, the least that a page can cost."""
    (folder / "hello.py").write_text(HELLO)
    with serve("hello:app", folder, {}) as server:
        yield server
