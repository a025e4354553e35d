"""Any store that speaks the protocol of S3: a bucket, addressed by path, with signed requests."""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NoReturn
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import requests
from requests.adapters import HTTPAdapter
from requests_aws4auth import AWS4Auth
from urllib3.exceptions import HTTPError

from app.backends.circuit_breaker import CircuitBreaker
from app.backends.media.base import CONTENT_TYPE, KEY, MediaUnavailableError, StoredFile, checked

CONNECT_SECONDS = 2
# Between two packets, and for all of an answer.
RESPONSE_SECONDS = 5
TOTAL_SECONDS = 15
BREAKER_SECONDS = 10
# More than any picture has.
CONTENT_MAX_BYTES = 64 * 1024 * 1024
CHUNK_BYTES = 64 * 1024
YEAR = 31_536_000
# Nothing is ever written to a key a second time.
CACHE_CONTROL = {"public": f"public, max-age={YEAR}, immutable", "private": "private, no-store"}
OK, NO_CONTENT, NOT_FOUND = 200, 204, 404

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Answer:
    status: int
    content: bytes

    @property
    def is_missing(self) -> bool:
        """Whether the file is not there; without a bucket nothing is, which is a failure."""
        return self.status == NOT_FOUND and b"<Code>NoSuchBucket<" not in self.content


class _SystemAdapter(HTTPAdapter):
    """Trusts the certificate authorities of the system."""

    def init_poolmanager(self, *words: Any, **options: Any) -> None:
        super().init_poolmanager(*words, **options, ssl_context=ssl.create_default_context())


class S3Media:
    """Files in the bucket at `url`, such as https://s3.example.org/club-pictures."""

    def __init__(self, url: str, key_id: str, secret: str, region: str) -> None:
        self.url = url
        # Its parts are what a request is signed with; the secret is in no message.
        self._credentials = (key_id, secret, region, "s3")
        self._session = requests.Session()
        # Neither proxies nor passwords from the environment.
        self._session.trust_env = False
        # Pictures are compressed already.
        self._session.headers["Accept-Encoding"] = "identity"
        self._session.mount("https://", _SystemAdapter())
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._breaker = CircuitBreaker(BREAKER_SECONDS)

    def put(self, key: str, content: bytes) -> None:
        self._ask("PUT", checked(key), content=content, headers=_headers_of(key))

    def get(self, key: str) -> bytes | None:
        answer = self._ask("GET", checked(key))
        return None if answer.is_missing else answer.content

    def move(self, key: str, new_key: str) -> None:
        if checked(key) == checked(new_key):
            return
        bucket = urlsplit(self.url).path
        headers = {
            **_headers_of(new_key),
            "x-amz-copy-source": f"{bucket}/{key}",
            # Other caches may keep it now.
            "x-amz-metadata-directive": "REPLACE",
        }
        copied = self._ask("PUT", new_key, headers=headers)
        if copied.is_missing:
            return
        # A copy that fails halfway is an answer with the status of success.
        if b"CopyObjectResult" not in copied.content:
            self._fail("it did not copy a file")
        self.delete(key)

    def delete(self, key: str) -> None:
        self._ask("DELETE", checked(key))

    def list(self) -> Iterator[StoredFile]:
        page: dict[str, str] | None = {"list-type": "2"}
        while page is not None:
            root = self._listing(page)
            for entry in root.iterfind("{*}Contents"):
                if KEY.fullmatch(key := entry.findtext("{*}Key", "")):
                    size = int(entry.findtext("{*}Size", "0"))
                    stored_at = datetime.fromisoformat(entry.findtext("{*}LastModified", ""))
                    yield StoredFile(key, size, stored_at)
            token = root.findtext("{*}NextContinuationToken")
            page = {"list-type": "2", "continuation-token": token} if token else None

    def _listing(self, page: dict[str, str]) -> ET.Element:
        answer = self._ask("GET", "", params=page)
        try:
            # Expat limits what entities expand to.
            root = ET.fromstring(answer.content)  # noqa: S314
        except ET.ParseError:
            self._fail("its list is not XML")
        if not root.tag.endswith("ListBucketResult"):
            self._fail("it sent no list")
        return root

    def _ask(
        self,
        method: str,
        key: str,
        *,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> _Answer:
        """The answer: success, or that the file is missing. Raises MediaUnavailableError."""
        if not self._breaker.may_try():
            raise MediaUnavailableError("the circuit breaker is open")
        try:
            with self._session.request(
                method,
                f"{self.url}/{key}",
                params=params,
                data=content,
                headers=headers,
                # Made for each request: threads would change a shared one at midnight.
                auth=AWS4Auth(*self._credentials),
                timeout=(CONNECT_SECONDS, RESPONSE_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response:
                answer = _Answer(response.status_code, self._body_of(response))
        except (requests.RequestException, HTTPError, OSError) as error:
            self._fail(type(error).__name__)
        if answer.status not in (OK, NO_CONTENT) and not answer.is_missing:
            self._fail(f"status {answer.status}{_code_in(answer.content)}")
        if self._breaker.close():
            log.warning("the media store is available again")
        return answer

    def _body_of(self, response: requests.Response) -> bytes:
        deadline = time.monotonic() + TOTAL_SECONDS
        content = bytearray()
        # Whatever is there: `iter_content` would wait for a whole chunk, however slow it is.
        while chunk := response.raw.read1(CHUNK_BYTES):
            content += chunk
            if len(content) > CONTENT_MAX_BYTES or time.monotonic() > deadline:
                self._fail("its answer was too long")
        return bytes(content)

    def _fail(self, text: str) -> NoReturn:
        self._breaker.open()
        log.warning("no answer from the media store: %s", text)
        raise MediaUnavailableError(text) from None


def _headers_of(key: str) -> dict[str, str]:
    """What the store sends with the file, where it serves it itself."""
    return {
        "Content-Type": CONTENT_TYPE,
        "Cache-Control": CACHE_CONTROL[key.partition("/")[0]],
        "Content-Disposition": "inline",
    }


def _code_in(content: bytes) -> str:
    """The store's word for what is wrong, such as SignatureDoesNotMatch."""
    _before, found, rest = content.partition(b"<Code>")
    word = rest.partition(b"<")[0]
    return f" {word.decode()}" if found and word.isalnum() and word.isascii() else ""
