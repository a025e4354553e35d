"""A translation service on this machine that answers as the test wants: rightly, badly, never."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest


@dataclass
class Asked:
    """What the service was asked."""

    path: str
    headers: dict[str, str]
    question: Any

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.path).query)


@dataclass
class Service:
    """Speaks both protocols, and marks what it translates with the language's code."""

    url: str = ""
    manner: str = "right"
    asked: list[Asked] = field(default_factory=list)
    # What happens elsewhere while somebody waits for the answer.
    meanwhile: Callable[[], None] = lambda: None
    is_over: Event = field(default_factory=Event)

    def answer(self, asked: Asked) -> object:
        if "api-version" in asked.query:
            [target] = asked.query["to"]
            said = {"text": f"[{target}] {asked.question[0]['Text']}", "to": target}
            return [{"translations": [said]}]
        question = asked.question
        return {"translatedText": f"[{question['target']}] {question['q']}"}


LIES: dict[str, object] = {
    "a lie": {"text": "right?"},
    "a list": [],
    "a deep lie": [{"translations": [{"text": ["no text"]}]}],
    "a number": {"translatedText": 7},
    "nothing": {"translatedText": " "},
    "null": None,
}


GARBAGE = {"garbage": b"\xff\x00<html>", "deep garbage": b"[" * 60_000}


class _Handler(BaseHTTPRequestHandler):
    service: Service

    def do_POST(self) -> None:
        service = self.service
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = Asked(self.path, dict(self.headers), json.loads(body))
        service.asked.append(asked)
        service.meanwhile()
        manner = service.manner
        if manner == "hang":
            service.is_over.wait(20)
        elif manner == "drip":
            self._drip()
        elif manner == "redirect":
            self._send(302, b"", Location=f"{service.url}/elsewhere")
        elif manner.isdigit():
            self._send(int(manner), b'{"error": "the key hunter2 is wrong"}')
        elif manner in GARBAGE:
            self._send(200, GARBAGE[manner])
        elif manner == "100 kB":
            self._send(200, json.dumps(service.answer(asked)).encode() + b" " * 100_000)
        elif manner == "no HTTP":
            self.wfile.write(b"220 mail.example.org ESMTP\r\n")
        elif manner == "hang up":
            self.connection.close()
        elif manner in LIES:
            self._send(200, json.dumps(LIES[manner]).encode())
        else:
            self._send(200, json.dumps(service.answer(asked)).encode())

    def do_GET(self) -> None:
        self.service.asked.append(Asked(self.path, dict(self.headers), None))
        self._send(200, b"{}")

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        # A header that never ends: each byte comes in time, the whole never does.
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
        for _ in range(200):
            if self.service.is_over.wait(0.1):
                return
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0)

    def log_message(self, *_words: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asked has hung up, as it should."""


@contextmanager
def translation_service() -> Iterator[Service]:
    """Run the service on a loopback port while the block runs."""
    service = Service()
    handler = type("Handler", (_Handler,), {"service": service})
    server = _Server(("127.0.0.1", 0), handler)
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.is_over.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture
def service() -> Iterator[Service]:
    """A translation service, which no site knows of yet."""
    with translation_service() as running:
        yield running
