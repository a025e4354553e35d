"""One question to a translation service, within bounds that its answer cannot stretch."""

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
ANSWER_MAX_BYTES = 64 * 1024
# So many threads of a process wait for a service at most; the others answer people.
CALLS_AT_ONCE = 2
_slots = BoundedSemaphore(CALLS_AT_ONCE)


def ask(url: str, question: object, headers: Mapping[str, str] | None = None) -> Any:
    """Post `question` as JSON to `url`, follow nothing. Returns the JSON it answers with.

    Raises TranslationError for whatever else comes back, or nothing in time.
    """
    call = _Call(url, json.dumps(question).encode(), dict(headers or {}))
    if not _slots.acquire(blocking=False):
        raise TranslationError("others are waiting for an answer")
    answer = _pool().submit(call.run)
    answer.add_done_callback(lambda _: _slots.release())
    try:
        return json.loads(answer.result(TOTAL_SECONDS))
    except TimeoutError:
        call.give_up()
        raise TranslationError("no answer in time") from None
    except (OSError, HTTPException) as error:
        raise TranslationError(type(error).__name__) from None
    except (ValueError, RecursionError):
        raise TranslationError("the answer is no JSON") from None


@cache
def _pool() -> ThreadPoolExecutor:
    # Looking a name up or reading drop by drop knows no time limit; waiting for a thread does.
    return ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="translation")


class _Call:
    """One exchange, which another thread may end."""

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
            with connection.getresponse() as answer:
                if answer.status != 200:
                    raise TranslationError(f"status {answer.status}")
                content = answer.read(ANSWER_MAX_BYTES + 1)
        finally:
            connection.close()
        if len(content) > ANSWER_MAX_BYTES:
            raise TranslationError("the answer is too long")
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
                # The plain one: a TLS socket would first change what its reader holds.
                socket.shutdown(self.socket, SHUT_RDWR)
