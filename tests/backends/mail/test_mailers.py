"""What every way out for mail must do, and what only one of them can."""

from __future__ import annotations

import logging
import smtplib
import ssl
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.backends.mail import MailError, get_mailer
from app.backends.mail.base import Mailer
from app.backends.mail.files import FileMailer
from app.backends.mail.smtp import SmtpMailer

Arrived = Callable[[], list[Message]]


def smtp(port: int, **options: Any) -> SmtpMailer:
    return SmtpMailer("127.0.0.1", port, timeout=2, **options)


def files_in(folder: Path) -> list[Message]:
    paths = sorted(folder.glob("*.eml"))
    return [message_from_bytes(path.read_bytes(), policy=SMTP) for path in paths]


@pytest.fixture(params=["files", "smtp"])
def way(
    request: pytest.FixtureRequest, tmp_path: Path, box: Any, serve: Any
) -> tuple[Mailer, Arrived]:
    if request.param == "files":
        folder = tmp_path / "outbox"
        return FileMailer(folder, shows_links=True), lambda: files_in(folder)
    return smtp(serve(box)), lambda: list(box.mails)


def failure(mailer: Mailer, letter: EmailMessage) -> MailError:
    with pytest.raises(MailError) as caught:
        mailer.send(letter)
    return caught.value


def test_a_mail_arrives_as_it_was_written(
    way: tuple[Mailer, Arrived], letter: EmailMessage
) -> None:
    mailer, arrived = way
    mailer.send(letter)
    (mail,) = arrived()
    assert isinstance(mail, EmailMessage)
    assert (mail["Subject"], mail["To"]) == ("Grüße, 你好", "ana@example.com")
    assert mail["Message-ID"] == "<greeting.42@example.com>"
    kinds = [part.get_content_type() for part in mail.iter_parts()]
    assert kinds == ["text/plain", "text/html"]


def test_a_mail_can_be_sent_twice(way: tuple[Mailer, Arrived], letter: EmailMessage) -> None:
    mailer, arrived = way
    mailer.send(letter)
    mailer.send(letter)
    assert len(arrived()) == 2


def test_a_file_has_time_and_name_and_only_its_owner_reads_it(
    tmp_path: Path, letter: EmailMessage
) -> None:
    FileMailer(tmp_path / "outbox", shows_links=True).send(letter)
    (path,) = (tmp_path / "outbox").iterdir()
    assert path.name.endswith("Z-greeting.42.eml")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_name_cannot_leave_the_folder(tmp_path: Path, letter: EmailMessage) -> None:
    letter.replace_header("Message-ID", "<../../up@example.com>")
    FileMailer(tmp_path, shows_links=True).send(letter)
    (path,) = tmp_path.iterdir()
    assert path.name.endswith("Z-.._.._up.eml")


def test_a_mail_without_name_or_text_is_written_too(tmp_path: Path) -> None:
    FileMailer(tmp_path, shows_links=True).send(EmailMessage())
    (path,) = tmp_path.iterdir()
    assert path.name.endswith("Z-mail.eml")


@pytest.fixture
def heard(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> Iterator[pytest.LogCaptureFixture]:
    """What the outbox logs; the app's log does not reach the root, where caplog listens."""
    logger = logging.getLogger("app.backends.mail.files")
    monkeypatch.setattr(logger, "propagate", False)
    caplog.set_level(logging.INFO, logger.name)
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)


def test_on_a_laptop_the_log_shows_the_link_but_not_the_recipient(
    tmp_path: Path, letter: EmailMessage, heard: pytest.LogCaptureFixture
) -> None:
    FileMailer(tmp_path, shows_links=True).send(letter)
    (line,) = heard.messages
    assert line.endswith("Grüße, 你好 http://localhost:5000/auth/verify/a.b.c")
    assert "ana@" not in line


def test_in_production_the_log_shows_no_link(
    tmp_path: Path, letter: EmailMessage, heard: pytest.LogCaptureFixture
) -> None:
    FileMailer(tmp_path, shows_links=False).send(letter)
    assert "mail written to" in heard.text
    assert "http" not in heard.text


def test_a_full_or_missing_disk_is_tried_again(tmp_path: Path, letter: EmailMessage) -> None:
    (tmp_path / "outbox").write_text("not a folder")
    error = failure(FileMailer(tmp_path / "outbox", shows_links=True), letter)
    assert error.temporary


def test_a_closed_port_is_tried_again(free_port: int, letter: EmailMessage) -> None:
    error = failure(smtp(free_port), letter)
    assert error.temporary
    assert "refused" in str(error)


def test_a_silent_server_is_given_up_in_time_and_tried_again(
    silent_port: int, letter: EmailMessage
) -> None:
    begun = time.monotonic()
    error = failure(SmtpMailer("127.0.0.1", silent_port, timeout=0.2), letter)
    assert error.temporary
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("code", ["450", "452"])
def test_a_recipient_refused_for_now_is_tried_again(
    code: str, box: Any, serve: Any, letter: EmailMessage
) -> None:
    box.rcpt_answer = f"{code} try later"
    assert failure(smtp(serve(box)), letter).temporary


def test_a_recipient_refused_for_good_is_not(box: Any, serve: Any, letter: EmailMessage) -> None:
    box.rcpt_answer = "550 5.1.1 <ana@example.com> is unknown here"
    error = failure(smtp(serve(box)), letter)
    assert not error.temporary
    assert str(error) == "550 5.1.1 … is unknown here"


@pytest.mark.parametrize(("answer", "temporary"), [("451 busy", True), ("554 spam", False)])
def test_an_answer_to_the_text_counts_alike(
    answer: str, temporary: bool, box: Any, serve: Any, letter: EmailMessage
) -> None:
    box.data_answer = answer
    error = failure(smtp(serve(box)), letter)
    assert (error.temporary, str(error)) == (temporary, answer)


def test_an_address_the_server_cannot_write_is_hopeless(
    box: Any, serve: Any, letter: EmailMessage
) -> None:
    letter.replace_header("To", "jürgen@example.com")
    assert not failure(smtp(serve(box, enable_SMTPUTF8=False)), letter).temporary


def test_a_certificate_that_nobody_signed_is_refused(
    box: Any, serve: Any, tls: ssl.SSLContext, letter: EmailMessage
) -> None:
    error = failure(smtp(serve(box, tls_context=tls), use_tls=True), letter)
    assert error.temporary
    assert "CERTIFICATE_VERIFY_FAILED" in str(error)
    assert box.mails == []


def test_a_server_without_starttls_gets_nothing(box: Any, serve: Any, letter: EmailMessage) -> None:
    assert failure(smtp(serve(box), use_tls=True), letter).temporary
    assert box.mails == []


def test_a_trusted_certificate_and_the_right_password_open_the_door(
    box: Any,
    serve: Any,
    tls: ssl.SSLContext,
    certificate: tuple[Path, Path],
    door_check: Any,
    letter: EmailMessage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    port = serve(box, tls_context=tls, auth_required=True, authenticator=door_check)
    door = {"use_tls": True, "username": "site"}
    smtp(port, **door, password="secret-word").send(letter)
    assert len(box.mails) == 1

    # An owner mends a password; no mail may be lost until then.
    error = failure(smtp(port, **door, password="wrong"), letter)
    assert error.temporary
    assert "wrong" not in str(error)


def test_a_bad_goodbye_does_not_undo_what_was_sent(
    box: Any, serve: Any, letter: EmailMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rude(_self: smtplib.SMTP) -> None:
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr(smtplib.SMTP, "quit", rude)
    smtp(serve(box)).send(letter)
    assert len(box.mails) == 1


def test_without_a_mail_server_mails_are_files(app: Flask) -> None:
    mailer = get_mailer()
    assert isinstance(mailer, FileMailer)
    assert mailer.folder == Path(app.instance_path) / "outbox"
    assert mailer.shows_links


def test_the_settings_choose_the_mail_server(app: Flask) -> None:
    app.config.update(
        BASE_URL="https://example.org",
        MAIL_SERVER="mail.example.org",
        MAIL_PORT=587,
        MAIL_USE_TLS=True,
        MAIL_USERNAME="site",
        MAIL_PASSWORD="secret-word",
        MAIL_TIMEOUT_SECONDS=7,
    )
    mailer = get_mailer()
    door = ("mail.example.org", 587, 7, True, False, "site", "secret-word", "example.org")
    assert mailer == SmtpMailer(*door)
    assert "secret-word" not in repr(mailer)
