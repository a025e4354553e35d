"""Requests to a translation service, with hard limits on time, size and concurrency."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import SHUT_RDWR, socket
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import urlsplit

from app.backends.translation.base import TranslationError

CONNECT_SECONDS = 2
TOTAL_SECONDS = 5
RESPONSE_MAX_BYTES = 64 * 1024
# At most this many threads of a process wait for a service; the others serve requests.
CALLS_MAX = 2
_slots = BoundedSemaphore(CALLS_MAX)


def post_json(url: str, body: object, headers: Mapping[str, str] | None = None) -> Any:
    """Post `body` as JSON to `url`, without following redirects. Returns the JSON response.

    Raises TranslationError for any other response, a failure or a timeout.
    """
    call = _Call(url, json.dumps(body).encode(), dict(headers or {}))
    if not _slots.acquire(blocking=False):
        raise TranslationError("too many concurrent requests")
    response = _pool().submit(call.run)
    response.add_done_callback(lambda _: _slots.release())
    try:
        return json.loads(response.result(TOTAL_SECONDS))
    except TimeoutError:
        call.give_up()
        raise TranslationError("timed out") from None
    except (OSError, HTTPException) as error:
        raise TranslationError(type(error).__name__) from None
    except (ValueError, RecursionError):
        raise TranslationError("the response is not JSON") from None


@cache
def _pool() -> ThreadPoolExecutor:
    # A DNS lookup or a slow trickle of bytes has no time limit; waiting for a thread has one.
    return ThreadPoolExecutor(CALLS_MAX, thread_name_prefix="translation")


class _Call:
    """One HTTP request, which another thread can abort."""

    def __init__(self, url: str, body: bytes, headers: dict[str, str]) -> None:
        self.url = urlsplit(url)
        self.body = body
        self.headers = headers | {"Content-Type": "application/json", "Connection": "close"}
        self.socket: socket | None = None

    def run(self) -> bytes:
        connection = self._connection()
        try:
            connection.connect()
            self.socket = connection.sock
            self.socket.settimeout(TOTAL_SECONDS)
            target = self.url._replace(scheme="", netloc="").geturl()
            connection.request("POST", target, self.body, self.headers)
            with connection.getresponse() as response:
                if response.status != 200:
                    raise TranslationError(f"status {response.status}")
                content = response.read(RESPONSE_MAX_BYTES + 1)
        finally:
            connection.close()
        if len(content) > RESPONSE_MAX_BYTES:
            raise TranslationError("the response is too long")
        return content

    def _connection(self) -> HTTPConnection:
        host, port = self.url.hostname or "", self.url.port
        if self.url.scheme == "http":
            return HTTPConnection(host, port, timeout=CONNECT_SECONDS)
        context = ssl.create_default_context()
        return HTTPSConnection(host, port, timeout=CONNECT_SECONDS, context=context)

    def give_up(self) -> None:
        if self.socket is not None:
            with suppress(OSError):
                # The plain socket's method: a TLS socket's would first modify the reader's state.
                socket.shutdown(self.socket, SHUT_RDWR)
