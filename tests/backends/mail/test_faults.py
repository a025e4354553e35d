"""Mail servers that refuse, hang, die or answer nonsense, at each step of the conversation."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import Message as Email
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app import db
from app.backends.mail import MailError, Message, check_connection
from app.extensions import mail
from app.lib.dates import utcnow
from app.models import Task
from app.services.messages import mails
from tests.backends.conftest import Configure, Postbox, Serve, make_certificate
from tests.support.factories import make_user
from tests.support.sites import open_site

pytestmark = pytest.mark.slow

STEPS = ("greeting", "EHLO", "MAIL", "RCPT", "DATA", "end")
GOOD = {"greeting": "220 here", "DATA": "354 go on"}
CLOSE, HANG = "close", "hang"


class Talk(socketserver.StreamRequestHandler):
    """One conversation, as the script of the server has it."""

    server: Scripted

    def handle(self) -> None:
        if not self._reply("greeting"):
            return
        while line := self.rfile.readline():
            word = line[:4].decode().strip().upper()
            step = {"HELO": "EHLO"}.get(word, word)
            if not self._reply(step) or step == "QUIT":
                return
            if step == "DATA" and not self._take_mail():
                return

    def _take_mail(self) -> bool:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.server.mails.append(message_from_bytes(b"".join(lines)))
        return self._reply("end")

    def _reply(self, step: str) -> bool:
        """Say what the script says, whose last line stays; False when it says no more."""
        script = self.server.script.get(step, [GOOD.get(step, "250 OK")])
        answer = script.pop(0) if len(script) > 1 else script[0]
        if answer == HANG:
            self.server.is_over.wait(30)
        if answer in (CLOSE, HANG):
            return False
        self.wfile.write(f"{answer}\r\n".encode())
        return answer[0] in "23" or step != "DATA"


class Scripted(socketserver.ThreadingTCPServer):
    """Answers each step by its script; keeps the mails whose last dot it saw."""

    daemon_threads = True

    def __init__(self) -> None:
        self.script: dict[str, list[str]] = {}
        self.mails: list[Email] = []
        self.is_over = threading.Event()
        super().__init__(("127.0.0.1", 0), Talk)

    @property
    def port(self) -> int:
        return int(self.server_address[1])


@pytest.fixture
def server() -> Iterator[Scripted]:
    with Scripted() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.is_over.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def failure(configure: Configure, letter: Message) -> Callable[..., MailError]:
    """How a mail to the server at a port fails."""

    def fail(port: int, **settings: Any) -> MailError:
        configure(MAIL_PORT=port, MAIL_TIMEOUT_SECONDS=0.3, **settings)
        with pytest.raises(MailError) as caught:
            mail.send(letter)
        return caught.value

    return fail


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("answer", ["421 come back", "451 busy", CLOSE, HANG, "nonsense"])
def test_trouble_that_may_pass_is_tried_again(
    server: Scripted, failure: Callable[..., MailError], step: str, answer: str
) -> None:
    server.script[step] = [answer]
    begun = time.monotonic()
    assert failure(server.port).temporary
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    ("step", "is_final"),
    [("greeting", False), ("EHLO", False), ("MAIL", False), ("RCPT", True), ("end", True)],
)
def test_only_a_refusal_of_this_mail_is_final(
    server: Scripted, failure: Callable[..., MailError], step: str, is_final: bool
) -> None:
    # Nobody may greet, or our sender may not: the operator corrects that, and no mail is lost.
    server.script[step] = ["554 no"]
    assert failure(server.port).temporary is not is_final


def test_tls_from_the_first_byte_wants_a_certificate_that_is_trusted(
    box: Postbox,
    serve: Serve,
    tls: ssl.SSLContext,
    certificate: tuple[Path, Path],
    door_check: Any,
    configure: Configure,
    failure: Callable[..., MailError],
    letter: Message,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # This server does not know itself that such a connection is encrypted.
    port = serve(box, ssl_context=tls, authenticator=door_check, auth_require_tls=False)
    door = {"MAIL_USE_SSL": True, "MAIL_USERNAME": "site"}
    error = failure(port, **door, MAIL_PASSWORD="secret-word")
    assert error.temporary
    assert "CERTIFICATE_VERIFY_FAILED" in str(error)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    configure(MAIL_PORT=port, **door, MAIL_PASSWORD="secret-word")
    check_connection()
    mail.send(letter)
    assert len(box.mails) == 1
    assert failure(port, **door, MAIL_PASSWORD="wrong").temporary
    with pytest.raises(MailError):
        check_connection()


@pytest.mark.server
def test_a_certificate_of_another_host_is_refused(
    box: Postbox,
    serve: Serve,
    failure: Callable[..., MailError],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pem, key = make_certificate(tmp_path, "DNS:mail.example.org")
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    other = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    other.load_cert_chain(pem, key)
    error = failure(serve(box, tls_context=other), MAIL_USE_TLS=True)
    assert "IP address mismatch" in str(error)
    assert box.mails == []


def test_a_plain_server_is_not_taken_for_an_encrypted_one(
    server: Scripted, failure: Callable[..., MailError]
) -> None:
    assert failure(server.port, MAIL_USE_SSL=True).temporary


def test_a_server_that_wants_a_name_waits_for_the_owner_to_give_one(
    server: Scripted, failure: Callable[..., MailError]
) -> None:
    server.script["MAIL"] = ["530 5.7.0 authentication required"]
    error = failure(server.port)
    assert (error.temporary, str(error)) == (True, "530 5.7.0 authentication required")


@pytest.mark.parametrize("kind", ["files", "smtp"])
def test_every_way_out_can_be_checked_without_a_mail(
    kind: str, server: Scripted, configure: Configure, tmp_path: Path
) -> None:
    folder = tmp_path / "outbox"
    if kind == "smtp":
        configure(MAIL_PORT=server.port)
    check_connection()
    assert server.mails == [] and not folder.exists()
    folder.write_text("not a folder")
    server.script["greeting"] = ["421 come back"]
    with pytest.raises(MailError):
        check_connection()


# What the worker makes of it


@pytest.fixture
def site(server: Scripted, tmp_path: Path) -> Iterator[Flask]:
    settings = {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(server.port), "JOB_ATTEMPTS": "3"}
    with open_site(tmp_path, **settings, MAIL_TIMEOUT_SECONDS="1") as site:
        mails.queue("password_changed", make_user("ana"))
        db.session.commit()
        yield site


@pytest.fixture
def work(site: Flask) -> Callable[[], Task]:
    """Run the worker as if the time of the next try had come; what became of the mail."""

    def run() -> Task:
        mail = sa.update(Task).where(Task.name == "send_mail", Task.failed_at.is_(None))
        db.session.execute(mail.values(available_at=utcnow()))
        db.session.commit()
        assert site.test_cli_runner().invoke(args=["worker", "--drain"]).exit_code == 0
        db.session.expire_all()
        return db.session.scalars(sa.select(Task).where(Task.name == "send_mail")).one()

    return run


@pytest.mark.parametrize("step", STEPS)
def test_a_server_that_is_busy_once_gets_the_mail_later(
    server: Scripted, work: Callable[[], Task], step: str
) -> None:
    good = GOOD.get(step, "250 OK")
    # Without an answer to EHLO we also try HELO.
    server.script[step] = ["451 busy", *(["451 busy"] if step == "EHLO" else []), good]
    task = work()
    assert (task.finished_at, task.failed_at, task.attempts) == (None, None, 1)
    assert (task.available_at - utcnow()).total_seconds() > 50
    assert work().finished_at
    assert len({mail["Message-ID"] for mail in server.mails}) == 1


def test_a_server_that_dies_after_the_last_dot_gets_the_mail_twice_by_one_name(
    server: Scripted, work: Callable[[], Task]
) -> None:
    server.script["end"] = [CLOSE, "250 OK"]
    assert work().finished_at is None
    assert work().finished_at
    first, second = server.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_payload(0).get_payload() == second.get_payload(0).get_payload()


def test_a_goodbye_that_never_comes_sends_nothing_twice(
    server: Scripted, work: Callable[[], Task]
) -> None:
    server.script["QUIT"] = [HANG]
    assert work().finished_at
    assert len(server.mails) == 1


def test_a_mail_that_nobody_takes_is_kept_for_the_owner(
    server: Scripted, work: Callable[[], Task], site: Flask
) -> None:
    server.script["RCPT"] = ["550 nobody here"]
    task = work()
    assert (task.attempts, task.last_error) == (1, "550 nobody here")
    assert task.failed_at
    listed = site.test_cli_runner().invoke(args=["jobs", "list", "--failed"]).output
    assert "550 nobody here" in listed


def test_a_server_that_stays_away_leaves_the_mail_to_the_owner(
    server: Scripted, work: Callable[[], Task]
) -> None:
    server.script["greeting"] = ["421 come back"]
    assert [bool(work().failed_at) for _ in range(3)] == [False, False, True]
    assert server.mails == []


def test_a_port_that_nobody_listens_on_is_tried_again(
    site: Flask, work: Callable[[], Task]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        site.extensions["mail"].port = probe.getsockname()[1]
    assert "refused" in work().last_error
