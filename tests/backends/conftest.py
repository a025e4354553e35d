"""Mail servers on this machine: one that obeys, and one that never says a word."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import SMTP
from pathlib import Path
from typing import Any, Protocol

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session


class Postbox:
    """What an aiosmtpd server got, and what it is to answer."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.recipients: list[list[str]] = []
        self.rcpt_answer = "250 OK"
        self.data_answer = "250 OK"

    async def handle_RCPT(  # noqa: N802 (aiosmtpd calls it so)
        self, _server: Server, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.rcpt_answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.rcpt_answer

    async def handle_DATA(  # noqa: N802
        self, _server: Server, _session: Session, envelope: Envelope
    ) -> str:
        if self.data_answer.startswith("2"):
            assert isinstance(envelope.content, bytes)
            self.mails.append(message_from_bytes(envelope.content, policy=SMTP))
            self.recipients.append(envelope.rcpt_tos)
        return self.data_answer


class Serve(Protocol):
    def __call__(self, box: Postbox, **options: Any) -> int: ...


@pytest.fixture
def box() -> Postbox:
    return Postbox()


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
def letter() -> EmailMessage:
    message = EmailMessage(SMTP)
    message["Subject"] = "Grüße, 你好"
    message["From"] = "no-reply@example.com"
    message["To"] = "ana@example.com"
    message["Message-ID"] = "<greeting.42@example.com>"
    message.set_content("Hello.\n\nhttp://localhost:5000/auth/verify/a.b.c\n")
    message.add_alternative("<p>Hello.</p>", subtype="html")
    return message
