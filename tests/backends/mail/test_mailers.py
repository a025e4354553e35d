"""What both ways out for mail must do, and what only one of them can."""

from __future__ import annotations

import logging
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.message import Message as Email
from email.policy import SMTP
from pathlib import Path
from typing import Any

import flask_mail
import pytest
from flask import Flask

from app import create_app
from app.backends.mail import FileConnection, MailError, Message, SmtpConnection
from app.extensions import mail
from tests.backends.conftest import Configure, Postbox, Serve
from tests.support.sites import PRODUCTION

Arrived = Callable[[], list[Email]]


def files_in(folder: Path) -> list[Email]:
    paths = sorted(folder.glob("*.eml"))
    return [message_from_bytes(path.read_bytes(), policy=SMTP) for path in paths]


@pytest.fixture(params=["files", "smtp"])
def arrived(
    request: pytest.FixtureRequest, tmp_path: Path, box: Postbox, serve: Serve, configure: Configure
) -> Arrived:
    if request.param == "files":
        return lambda: files_in(tmp_path / "outbox")
    configure(MAIL_PORT=serve(box))
    return lambda: list(box.mails)


def failure(letter: Message) -> MailError:
    with pytest.raises(MailError) as caught:
        mail.send(letter)
    return caught.value


def test_a_mail_arrives_as_it_was_written(arrived: Arrived, letter: Message) -> None:
    mail.send(letter)
    (email,) = arrived()
    assert isinstance(email, EmailMessage)
    assert (email["Subject"], email["To"]) == ("Grüße, 你好", "ana@example.com")
    assert email["Message-ID"] == "<greeting.42@example.com>"
    assert email["Auto-Submitted"] == "auto-generated"
    kinds = [part.get_content_type() for part in email.iter_parts()]
    assert kinds == ["text/plain", "text/html"]


def test_a_mail_can_be_sent_twice(arrived: Arrived, letter: Message) -> None:
    mail.send(letter)
    mail.send(letter)
    assert len(arrived()) == 2


def test_several_mails_may_share_a_connection(arrived: Arrived, letter: Message) -> None:
    with mail.connect() as connection:
        connection.send(letter)
        connection.send(letter)
    assert len(arrived()) == 2


def test_flask_mail_reports_what_was_sent(arrived: Arrived, letter: Message) -> None:
    with mail.record_messages() as sent:
        mail.send(letter)
        mail.send(Message("Hello", "jürgen@example.com", "Hello.\n", name="greeting.43"))
    assert [message.recipients for message in sent] == [
        ["ana@example.com"],
        ["jürgen@example.com"],
    ]
    assert len(arrived()) == 2


def test_a_mail_of_flask_mail_itself_goes_the_same_way(arrived: Arrived, letter: Message) -> None:
    mail.send(flask_mail.Message("Hello", recipients=["ana@example.com"], body="Hello."))
    assert [email["Subject"] for email in arrived()] == ["Hello"]


def test_a_domain_beyond_ascii_goes_out_as_its_ascii_form(
    box: Postbox, serve: Serve, configure: Configure
) -> None:
    configure(MAIL_PORT=serve(box), MAIL_DEFAULT_SENDER="owner@bücher.de")
    mail.send(Message("Hello", "ana@straße.de", "Hello.\n", name="greeting.1"))
    # Python's own codec would write to strasse.de.
    assert box.recipients == [["ana@xn--strae-oqa.de"]]
    assert box.mails[0]["To"] == "ana@xn--strae-oqa.de"
    assert box.mails[0]["From"] == "Microblog <owner@xn--bcher-kva.de>"


def test_a_name_of_the_site_with_a_comma_changes_no_address(
    box: Postbox, serve: Serve, configure: Configure
) -> None:
    configure(MAIL_PORT=serve(box), SITE_NAME='Riverside, "the" <club>')
    mail.send(Message("Hello", "ana@example.com", "Hello.\n", name="greeting.1"))
    (sender,) = box.mails[0]["From"].addresses
    assert sender.display_name == 'Riverside, "the" <club>'
    assert box.senders == [sender.addr_spec] == ["no-reply@localhost"]


def test_bodies_are_seven_bit_and_a_link_stays_in_one_piece(letter: Message) -> None:
    assert letter.as_bytes().isascii()
    long = f"https://example.com/auth/verify/{'a' * 400}"
    for text in (f"Hello.\n\n{long}\n", f"Grüße.\n\n{long}\n"):
        email = Message("Hello", "ana@example.com", text, "<p>Grüße</p>", name="greeting.1")
        assert email.as_bytes().isascii()
        assert (long.encode() in email.as_bytes()) is text.isascii()
        assert "Auto-Submitted: auto-generated" in str(email)


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\0", "\x1b"])
@pytest.mark.parametrize("place", ["subject", "to", "name", "sender", "site"])
def test_a_line_break_in_a_header_is_refused_for_good(
    break_: str, place: str, configure: Configure
) -> None:
    evil = f"a{break_}Bcc: eve@example.com"
    texts = {"subject": "Hello", "to": "ana@example.com", "name": "greeting.1"} | {place: evil}
    if place == "sender":
        configure(MAIL_DEFAULT_SENDER=evil)
    if place == "site":
        configure(SITE_NAME=evil)
    with pytest.raises(MailError) as caught:
        Message(texts["subject"], texts["to"], "Hello.\n", name=texts["name"])
    assert not caught.value.temporary
    assert "eve" not in str(caught.value)


def test_a_file_has_time_and_name_and_only_its_owner_reads_it(
    tmp_path: Path, letter: Message
) -> None:
    mail.send(letter)
    (path,) = (tmp_path / "outbox").iterdir()
    assert path.name.endswith("Z-greeting.42.eml")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("text", ["Hello.", "¡Hola! Ábrelo:", "你好：", "Hello · there"])
def test_a_link_can_be_copied_from_the_file(
    tmp_path: Path, text: str, configure: Configure
) -> None:
    configure()
    link = f"https://example.com/auth/verify/{'a' * 400}"
    html = f'<p>{text}</p><a href="{link}">Go</a>'
    mail.send(Message("Hello", "ana@example.com", f"{text}\n\n{link}\n", html, name="greeting.1"))
    (path,) = (tmp_path / "outbox").iterdir()
    assert f"\r\n{link}\r\n" in path.read_bytes().decode()
    assert f'<a href="{link}">' in path.read_bytes().decode()
    email = message_from_bytes(path.read_bytes(), policy=SMTP)
    assert text in email.get_body(("plain",)).get_content()


def test_an_address_beyond_ascii_stands_in_the_file_as_it_is(
    tmp_path: Path, configure: Configure
) -> None:
    configure()
    mail.send(Message("Hello", "名前@example.com", "Hello.\n", name="greeting.1"))
    (path,) = (tmp_path / "outbox").iterdir()
    assert "To: 名前@example.com\r\n" in path.read_bytes().decode()


def test_a_name_cannot_leave_the_folder(tmp_path: Path, letter: Message) -> None:
    letter.msgId = "<../../up@example.com>"
    mail.send(letter)
    (path,) = (tmp_path / "outbox").iterdir()
    assert path.name.endswith("Z-.._.._up.eml")


def test_a_mail_without_name_or_text_is_written_too(tmp_path: Path, letter: Message) -> None:
    letter.msgId, letter.subject, letter.body, letter.html = "", "", None, None
    mail.send(letter)
    (path,) = (tmp_path / "outbox").iterdir()
    assert path.name.endswith("Z-mail.eml")


@pytest.fixture
def heard(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> Iterator[pytest.LogCaptureFixture]:
    """What the outbox logs; the app's log does not reach the root, where caplog listens."""
    logger = logging.getLogger("app.backends.mail")
    monkeypatch.setattr(logger, "propagate", False)
    caplog.set_level(logging.INFO, logger.name)
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)


def test_on_a_laptop_the_log_shows_the_link_but_not_the_recipient(
    letter: Message, heard: pytest.LogCaptureFixture
) -> None:
    mail.send(letter)
    (line,) = heard.messages
    assert line.endswith("Grüße, 你好 http://localhost:5000/auth/verify/a.b.c")
    assert "ana@" not in line


def test_in_production_the_log_shows_no_link(
    letter: Message, configure: Configure, heard: pytest.LogCaptureFixture
) -> None:
    configure(IS_PRODUCTION=True)
    mail.send(letter)
    assert "email written to" in heard.text
    assert "http" not in heard.text


def test_a_full_or_missing_disk_is_tried_again(tmp_path: Path, letter: Message) -> None:
    (tmp_path / "outbox").write_text("not a folder")
    assert failure(letter).temporary


def test_a_file_that_cannot_be_written_is_tried_again(tmp_path: Path, letter: Message) -> None:
    with mail.connect() as connection:
        (tmp_path / "outbox").write_text("not a folder")
        with pytest.raises(MailError) as caught:
            connection.send(letter)
    assert caught.value.temporary
    assert str(caught.value).endswith("greeting.42.eml: File exists")


def test_a_closed_port_is_tried_again(
    free_port: int, configure: Configure, letter: Message
) -> None:
    configure(MAIL_PORT=free_port)
    error = failure(letter)
    assert error.temporary
    assert "refused" in str(error)


def test_a_silent_server_is_given_up_in_time_and_tried_again(
    silent_port: int, configure: Configure, letter: Message
) -> None:
    configure(MAIL_PORT=silent_port, MAIL_TIMEOUT_SECONDS=0.2)
    begun = time.monotonic()
    assert failure(letter).temporary
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("code", ["450", "452"])
def test_a_recipient_refused_for_now_is_tried_again(
    code: str, box: Postbox, serve: Serve, configure: Configure, letter: Message
) -> None:
    box.rcpt_answer = f"{code} try later"
    configure(MAIL_PORT=serve(box))
    assert failure(letter).temporary


def test_a_recipient_refused_for_good_is_not(
    box: Postbox, serve: Serve, configure: Configure, letter: Message
) -> None:
    box.rcpt_answer = "550 5.1.1 <ana@example.com> is unknown here"
    configure(MAIL_PORT=serve(box))
    error = failure(letter)
    assert not error.temporary
    assert str(error) == "550 5.1.1 … is unknown here"


@pytest.mark.parametrize(("answer", "temporary"), [("451 busy", True), ("554 spam", False)])
def test_an_answer_to_the_text_counts_alike(
    answer: str,
    temporary: bool,
    box: Postbox,
    serve: Serve,
    configure: Configure,
    letter: Message,
) -> None:
    box.data_answer = answer
    configure(MAIL_PORT=serve(box))
    error = failure(letter)
    assert (error.temporary, str(error)) == (temporary, answer)


@pytest.fixture
def foreign_letter(configure: Configure) -> Message:
    """For an address with a letter beyond ASCII before its @."""
    return Message("Hello", "jürgen@example.com", "Hello.\n", name="greeting.1")


def test_an_address_the_server_cannot_write_is_hopeless(
    box: Postbox, serve: Serve, configure: Configure, foreign_letter: Message
) -> None:
    configure(MAIL_PORT=serve(box, enable_SMTPUTF8=False))
    assert not failure(foreign_letter).temporary


def test_an_address_beyond_ascii_is_written_to_where_the_server_can(
    box: Postbox, serve: Serve, configure: Configure, foreign_letter: Message
) -> None:
    configure(MAIL_PORT=serve(box))
    mail.send(foreign_letter)
    assert box.recipients == [["jürgen@example.com"]]
    assert len(box.mails) == 1


def test_a_certificate_that_nobody_signed_is_refused(
    box: Postbox, serve: Serve, tls: ssl.SSLContext, configure: Configure, letter: Message
) -> None:
    configure(MAIL_PORT=serve(box, tls_context=tls), MAIL_USE_TLS=True)
    error = failure(letter)
    assert error.temporary
    assert "CERTIFICATE_VERIFY_FAILED" in str(error)
    assert box.mails == []


def test_a_server_without_starttls_gets_nothing(
    box: Postbox, serve: Serve, configure: Configure, letter: Message
) -> None:
    configure(MAIL_PORT=serve(box), MAIL_USE_TLS=True)
    assert failure(letter).temporary
    assert box.mails == []


def test_a_trusted_certificate_and_the_right_password_open_the_door(
    box: Postbox,
    serve: Serve,
    tls: ssl.SSLContext,
    certificate: tuple[Path, Path],
    door_check: Any,
    configure: Configure,
    letter: Message,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    port = serve(box, tls_context=tls, auth_required=True, authenticator=door_check)
    door = {"MAIL_PORT": port, "MAIL_USE_TLS": True, "MAIL_USERNAME": "site"}
    configure(**door, MAIL_PASSWORD="secret-word")
    mail.send(letter)
    assert len(box.mails) == 1

    # An operator corrects a password; no mail may be lost until then.
    configure(**door, MAIL_PASSWORD="wrong")
    error = failure(letter)
    assert error.temporary
    assert "wrong" not in str(error)


def test_a_bad_goodbye_does_not_undo_what_was_sent(
    box: Postbox,
    serve: Serve,
    configure: Configure,
    letter: Message,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def rude(_self: smtplib.SMTP) -> None:
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr(smtplib.SMTP, "quit", rude)
    configure(MAIL_PORT=serve(box))
    mail.send(letter)
    assert len(box.mails) == 1


def test_nothing_looks_up_the_name_of_this_machine(
    box: Postbox, serve: Serve, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The server would look itself up too.
    configure(MAIL_PORT=serve(box, server_hostname="mail.example.com"))

    def slow(_name: str = "") -> str:
        raise AssertionError("a look-up, which can take minutes")

    monkeypatch.setattr(socket, "getfqdn", slow)
    mail.send(Message("Hello", "ana@example.com", "Hello.\n", name="greeting.1"))
    assert box.greetings == ["example.com"]


def test_no_debugging_shows_passwords_or_links(
    box: Postbox,
    serve: Serve,
    configure: Configure,
    letter: Message,
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(app, "debug", True)
    configure(MAIL_PORT=serve(box))
    mail.send(letter)
    assert len(box.mails) == 1
    assert not app.extensions["mail"].debug
    assert capfd.readouterr() == ("", "")


def test_mails_leave_also_while_testing_unless_the_settings_say_otherwise(
    arrived: Arrived, letter: Message, app: Flask
) -> None:
    assert app.testing
    mail.send(letter)
    assert len(arrived()) == 1
    app.extensions["mail"].suppress = True
    with mail.record_messages() as sent:
        mail.send(letter)
    assert sent == [letter]
    assert len(arrived()) == 1


def test_without_a_mail_server_mails_are_files(tmp_path: Path) -> None:
    app = create_app({"DATABASE_URL": "sqlite:///:memory:"}, tmp_path)
    with app.app_context():
        connection = mail.connect()
        assert isinstance(connection, FileConnection)
        assert connection.folder == tmp_path / "outbox"
        assert app.extensions["mail"].default_sender == "no-reply@localhost"


def test_the_settings_choose_the_mail_server(tmp_path: Path) -> None:
    settings = PRODUCTION | {
        "ADMINS": "owner@example.org, second@example.org",
        "MAIL_SERVER": "mail.example.org",
        "MAIL_PORT": "587",
        "MAIL_USE_TLS": "1",
        "MAIL_USERNAME": "site",
        "MAIL_PASSWORD": "secret-word",
    }
    app = create_app(settings | {"DATABASE_URL": "sqlite:///:memory:"}, tmp_path)
    with app.app_context():
        assert isinstance(mail.connect(), SmtpConnection)
    state = app.extensions["mail"]
    assert (state.server, state.port, state.username) == ("mail.example.org", 587, "site")
    assert (state.password, state.use_tls, state.use_ssl) == ("secret-word", True, False)
    assert (state.debug, state.suppress) == (0, False)
    assert state.default_sender == "owner@example.org"
    assert "secret-word" not in repr(state)
