"""A line to a real HTTP server on this machine, which can be cut or made to answer with errors."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class Relay:
    """Passes requests on to `target` while it is open; says `status` instead when that is set."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.status: int | None = None
        self.asked = 0
        self.port = 0
        self._server: _Server | None = None
        self.open()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        """Listen, on the same port as before."""
        handler = type("Handler", (_Handler,), {"relay": self})
        self._server = _Server(("127.0.0.1", self.port), handler)
        self.port = self._server.server_address[1]
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def cut(self) -> None:
        """From now on connections are refused."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Handler(BaseHTTPRequestHandler):
    relay: Relay

    def _pass_on(self) -> None:
        relay = self.relay
        relay.asked += 1
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if relay.status is not None:
            self._answer(relay.status, [("Content-Type", "application/json")], b'{"error": "no"}')
            return
        connection = http.client.HTTPConnection("127.0.0.1", relay.target, timeout=30)
        try:
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        kept = ("content-type", "x-elastic-product")
        headers = [pair for pair in answer.getheaders() if pair[0].lower() in kept]
        self._answer(answer.status, headers, content)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _pass_on  # noqa: N815

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_words: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asked, or the server behind, has hung up, as it should."""


@contextmanager
def relay_to(port: int) -> Iterator[Relay]:
    relay = Relay(port)
    try:
        yield relay
    finally:
        relay.cut()
