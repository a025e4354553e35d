"""Mail servers on this machine: one that obeys, and one that never says a word."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from email import message_from_bytes
from email.message import Message as Email
from email.policy import SMTP
from pathlib import Path
from typing import Any, Protocol

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from flask import Flask

from app.backends.mail import Message
from tests.support.live import free_port
from tests.support.mailbox import configure_mail


class Postbox:
    """What an aiosmtpd server got, and what it is to answer."""

    def __init__(self) -> None:
        self.mails: list[Email] = []
        self.recipients: list[list[str]] = []
        self.senders: list[str | None] = []
        self.greetings: list[str | None] = []
        self.rcpt_answer = "250 OK"
        self.data_answer = "250 OK"

    async def handle_RCPT(  # noqa: N802 (aiosmtpd calls it so)
        self, _server: Server, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.rcpt_answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.rcpt_answer

    async def handle_DATA(  # noqa: N802
        self, _server: Server, session: Session, envelope: Envelope
    ) -> str:
        if self.data_answer.startswith("2"):
            assert isinstance(envelope.content, bytes)
            self.mails.append(message_from_bytes(envelope.content, policy=SMTP))
            self.recipients.append(envelope.rcpt_tos)
            self.senders.append(envelope.mail_from)
            self.greetings.append(session.host_name)
        return self.data_answer


class Serve(Protocol):
    def __call__(self, box: Postbox, **options: Any) -> int: ...


class Configure(Protocol):
    def __call__(self, **settings: Any) -> None: ...


@pytest.fixture
def box() -> Postbox:
    return Postbox()


@pytest.fixture(name="free_port")
def unused_port() -> int:
    return free_port()


@pytest.fixture
def serve(free_port: int) -> Iterator[Serve]:
    """Start a mail server for `box`, with `options` for aiosmtpd. Returns its port."""
    with ExitStack() as stack:

        def start(box: Postbox, **options: Any) -> int:
            server = Controller(box, hostname="127.0.0.1", port=free_port, **options)
            server.start()
            stack.callback(server.stop)
            return free_port

        yield start


@pytest.fixture
def silent_port() -> Iterator[int]:
    """The port of a server that accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody signed, and its key."""
    names = "DNS:localhost,IP:127.0.0.1"
    return make_certificate(tmp_path_factory.mktemp("certificate"), names)


def make_certificate(folder: Path, names: str) -> tuple[Path, Path]:
    """A certificate for `names` that nobody signed, and its key."""
    pem, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec"),
            *("-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-keyout", key, "-out", pem),
            *("-addext", f"subjectAltName={names}"),
        ],
        check=True,
        capture_output=True,
    )
    return pem, key


@pytest.fixture
def tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    return context


@pytest.fixture
def door_check() -> Callable[..., AuthResult]:
    """Lets in `site` with the password `secret-word`."""

    def check(
        _server: Server, _session: Session, _envelope: Envelope, _how: str, data: Any
    ) -> AuthResult:
        is_right = data == LoginPassword(b"site", b"secret-word")
        return AuthResult(success=is_right, handled=False)

    return check


@pytest.fixture
def configure(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Give Flask-Mail the settings of a test; files go to its folder."""
    monkeypatch.setattr(app, "instance_path", str(tmp_path))

    def configure(**settings: Any) -> None:
        base = {"BASE_URL": "https://example.com", "MAIL_TIMEOUT_SECONDS": 2}
        if "MAIL_PORT" in settings:
            base["MAIL_SERVER"] = "127.0.0.1"
        configure_mail(app, monkeypatch, **base | settings)

    configure()
    return configure


@pytest.fixture
def letter(configure: Configure) -> Message:
    text = "Hello.\n\nhttp://localhost:5000/auth/verify/a.b.c\n"
    html = "<p>Hello.</p>"
    return Message("Grüße, 你好", "ana@example.com", text, html, name="greeting.42")
