"""S3 refused, hung, killed or answering with errors: one named failure, and never half a file."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Thread
from urllib.parse import urlsplit

import pytest
from requests_aws4auth import AWS4Auth

from app.backends.media import MediaUnavailableError, StoredFile, key_for, new_name, s3
from app.backends.media.s3 import S3Media
from tests.support.relay import relay_to
from tests.support.s3_server import KEY_ID, REGION, SECRET, S3Server, store_at

CONTENT = b"RIFF\0\0\0\0WEBP" * 100
# More than one that answers needs, and less than one that hangs would take.
QUICKLY = 1.5

Calls = dict[str, Callable[[], object]]


def new_key() -> str:
    return key_for("public", new_name(), "400")


def calls_of(store: S3Media) -> Calls:
    return {
        "put": lambda: store.put(new_key(), CONTENT),
        "get": lambda: store.get(new_key()),
        "move": lambda: store.move(new_key(), new_key()),
        "delete": lambda: store.delete(new_key()),
        "list": lambda: list(store.list()),
    }


def expect_failure(store: S3Media, said: str) -> None:
    """Every call fails in the same way."""
    for name, call in calls_of(store).items():
        store._breaker.close()
        with pytest.raises(MediaUnavailableError, match=said) as failure:
            call()
        assert SECRET not in str(failure.value), name


def url_of(port: int) -> str:
    return f"http://127.0.0.1:{port}/bucket"


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "CONNECT_SECONDS", 0.3)
    monkeypatch.setattr(s3, "RESPONSE_SECONDS", 0.3)
    monkeypatch.setattr(s3, "TOTAL_SECONDS", 0.6)


class Script:
    """A server that says to everyone what it was given, in pieces."""

    def __init__(self, *pieces: bytes, pause: float = 0) -> None:
        self.pieces, self.pause = pieces, pause
        self.server = socket.create_server(("127.0.0.1", 0))
        Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return url_of(self.server.getsockname()[1])

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            with connection:
                try:
                    connection.recv(65_536)
                    for piece in self.pieces:
                        connection.sendall(piece)
                        time.sleep(self.pause)
                except OSError:
                    pass

    def __enter__(self) -> Script:
        return self

    def __exit__(self, *_error: object) -> None:
        self.server.close()


def test_a_server_that_is_gone_is_not_available() -> None:
    with Script() as script:
        url = script.url
    expect_failure(store_at(url), "ConnectionError")


def test_a_server_that_hangs_is_not_available(no_waiting: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        began = time.thread_time()
        expect_failure(store_at(url_of(server.getsockname()[1])), "Timeout")
        assert time.thread_time() - began < 1


def test_a_server_that_dribbles_is_not_available(no_waiting: None) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
    with Script(head, *[b"x"] * 100, pause=0.1) as script, pytest.raises(MediaUnavailableError):
        store_at(script.url).get(new_key())


def test_an_endless_answer_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "CONTENT_MAX_BYTES", 1000)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    with (
        Script(head, bytes(100_000)) as script,
        pytest.raises(MediaUnavailableError, match="too long"),
    ):
        store_at(script.url).get(new_key())


def test_half_an_answer_is_a_failure() -> None:
    with (
        Script(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf") as script,
        pytest.raises(MediaUnavailableError),
    ):
        store_at(script.url).get(new_key())


@pytest.mark.parametrize(
    ("status", "said"), [("500", "status 500"), ("503", "503"), ("302", "302"), ("200", "")]
)
def test_other_answers_are_failures(status: str, said: str) -> None:
    head = f"HTTP/1.1 {status} No\r\nLocation: http://127.0.0.1:1/\r\n"
    with Script(f"{head}Connection: close\r\nContent-Length: 2\r\n\r\nno".encode()) as script:
        store = store_at(script.url)
        for name in ("move", "list") if status == "200" else calls_of(store):
            store._breaker.close()
            with pytest.raises(MediaUnavailableError, match=said or "it|list"):
                calls_of(store)[name]()


def test_a_copy_that_fails_after_its_status_keeps_the_file() -> None:
    body = b"<Error><Code>InternalError</Code></Error>"
    head = f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with Script(head + body) as script, pytest.raises(MediaUnavailableError, match="did not copy"):
        store_at(script.url).move(new_key(), new_key())


def test_a_list_has_pictures_alone() -> None:
    key = new_key()
    entry = "<Contents><Key>{}</Key><Size>12</Size>"
    entry += "<LastModified>2026-12-01T10:20:30.000Z</LastModified></Contents>"
    body = "".join(entry.format(name) for name in (key, "notes.txt", f"old/{key}"))
    body = f'<ListBucketResult xmlns="urn:s3">{body}</ListBucketResult>'
    head = f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    with Script((head + body).encode()) as script:
        found = list(store_at(script.url).list())
    stored_at = datetime(2026, 12, 1, 10, 20, 30, tzinfo=UTC)
    assert found == [StoredFile(key, 12, stored_at)]


def test_after_a_failure_nobody_waits_for_a_while(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Script(b"HTTP/1.1 500 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n") as script:
        store = store_at(script.url)
        for said in ("status 500", "circuit breaker", "circuit breaker"):
            with pytest.raises(MediaUnavailableError, match=said):
                store.get(new_key())
        script.pieces = (b"HTTP/1.1 404 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",)
        monkeypatch.setattr(store._breaker, "_next_try", time.monotonic())
        assert store.get(new_key()) is None
    assert [record.message for record in caplog.records if record.name == s3.__name__] == [
        "no answer from the media store: status 500",
        "the media store is available again",
    ]


@pytest.mark.server
def test_a_wrong_secret_or_bucket_is_not_available(s3_server: S3Server) -> None:
    url = s3_server.new_bucket()
    expect_failure(store_at(url, "wrong"), "status 403 SignatureDoesNotMatch")
    elsewhere = store_at(f"{url}-none")
    with pytest.raises(MediaUnavailableError, match="status 404 NoSuchBucket"):
        elsewhere.put(new_key(), CONTENT)
    with pytest.raises(MediaUnavailableError, match="circuit breaker"):
        elsewhere.get(new_key())


@pytest.mark.server
def test_the_list_goes_on_from_page_to_page(
    s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_at(s3_server.new_bucket())
    keys = {new_key() for _ in range(5)}
    for key in keys:
        store.put(key, CONTENT)
    ask, pages = store._listing, []

    def two_at_a_time(page: dict[str, str]) -> object:
        pages.append(page)
        return ask({**page, "max-keys": "2"})

    monkeypatch.setattr(store, "_listing", two_at_a_time)
    assert sorted(file.key for file in store.list()) == sorted(keys)
    assert len(pages) == 3


@pytest.mark.server
def test_the_store_says_what_a_file_is(s3_server: S3Server) -> None:
    url = s3_server.new_bucket()
    store = store_at(url)
    public, private = new_key(), key_for("private", new_name(), "400")
    store.put(public, CONTENT)
    assert headers_of(url, public) == ("image/webp", "public, max-age=31536000, immutable")
    store.move(public, private)
    assert headers_of(url, private) == ("image/webp", "private, no-store")


def headers_of(url: str, key: str) -> tuple[str, str]:
    response = store_at(url)._session.head(
        f"{url}/{key}", auth=AWS4Auth(KEY_ID, SECRET, REGION, "s3"), timeout=10
    )
    assert response.status_code == 200
    return response.headers["Content-Type"], response.headers["Cache-Control"]


@pytest.mark.server
def test_the_line_to_the_store_is_cut_and_comes_back(s3_server: S3Server) -> None:
    url = urlsplit(s3_server.new_bucket())
    with relay_to(s3_server.port) as relay:
        store = store_at(f"{relay.url}{url.path}")
        key = new_key()
        store.put(key, CONTENT)
        relay.status = 500
        expect_failure(store, "status 500")
        relay.status = None
        relay.cut()
        expect_failure(store, "ConnectionError")
        relay.open()
        store._breaker.close()
        assert store.get(key) == CONTENT


@pytest.mark.server
@pytest.mark.slow
def test_a_store_that_is_killed_during_a_put_has_the_old_file_or_none(
    own_s3_server: S3Server, no_waiting: None
) -> None:
    url = own_s3_server.new_bucket()
    store = store_at(url)
    old, new = new_key(), new_key()
    store.put(old, CONTENT)
    for key in (old, new):
        start_to_put(url, key)
    with own_s3_server.frozen():
        expect_failure(store, "Timeout")
    own_s3_server.kill()
    expect_failure(store, "ConnectionError")
    own_s3_server.start()
    store._breaker.close()
    assert (store.get(old), store.get(new)) == (CONTENT, None)
    # What it got whole while it was frozen, it may have stored before it was killed.
    listed = {file.key for file in store.list()}
    assert old in listed and new not in listed
    store.put(new, b"other")
    assert store.get(new) == b"other"


def start_to_put(url: str, key: str) -> None:
    """Send half of a file, and then nothing."""
    parts = urlsplit(url)
    content = b"n" * 2_000_000
    request = s3.requests.Request(
        "PUT", f"{url}/{key}", data=content, auth=AWS4Auth(KEY_ID, SECRET, REGION, "s3")
    ).prepare()
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    connection.putrequest("PUT", f"{parts.path}/{key}", skip_host=True, skip_accept_encoding=True)
    headers = {"Host": parts.netloc, **request.headers}
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders(content[:1_000_000])
    # It has read some of it by then.
    time.sleep(0.3)
    connection.close()
