"""Email: what Flask-Mail lacks — timeouts, verified TLS, safe headers, and a file outbox."""

from __future__ import annotations

import logging
import os
import re
import smtplib
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy, Policy
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import flask_mail
from flask import Flask, current_app

from app.extensions import mail
from app.lib.dates import utcnow
from app.lib.text import excerpt
from setting_values import ascii_host

log = logging.getLogger(__name__)


class _UrlHeader(UnstructuredHeader, BaseHeader):
    """A header that holds a URL, which Python would encode when it is longer than a line."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_headers = HeaderRegistry()
_headers.map_to_type("List-Unsubscribe", _UrlHeader)
# Bodies stay ASCII on the wire, since not every server supports more.
POLICY = SMTP.clone(cte_type="7bit", header_factory=_headers)
# Files are for people to open: what they copy from them must be as it was written.
FILE_POLICY = POLICY.clone(cte_type="8bit", utf8=True)
REPLY_MAX = 300
ADDRESS = re.compile(r"\S+@\S+")
PERMANENT = 500


class MailError(Exception):
    """The message was not accepted. `temporary`: a retry may succeed.

    Its text contains neither addresses nor secrets.
    """

    def __init__(self, text: str, *, temporary: bool) -> None:
        super().__init__(text)
        self.temporary = temporary


def init_app(app: Flask) -> None:
    """Choose what `mail.connect()` opens: SMTP if MAIL_SERVER is set, else the file outbox."""
    is_smtp = app.config["MAIL_SERVER"] is not None
    app.extensions["mail_connection"] = SmtpConnection if is_smtp else FileConnection


def check_connection() -> None:
    """Connect and log in, without sending an email. Raises MailError."""
    with mail.connect():
        pass


class Message(flask_mail.Message):
    """An email to one person. `name` starts its Message-ID and is the same in every attempt.

    Raises a permanent MailError for text that would inject a header.
    """

    # Flask-Mail's own __init__ makes a Message-ID from the name of this machine, and that
    # lookup can take minutes; so the fields are set here.
    def __init__(
        self, subject: str, to: str, body: str, html: str | None = None, *, name: str
    ) -> None:
        config = current_app.config
        sender = current_app.extensions["mail"].default_sender
        message_id = f"<{name}@{urlsplit(config['BASE_URL']).hostname}>"
        for header in (subject, to, sender, message_id, config["SITE_NAME"]):
            if not header.isprintable():
                raise MailError("A header of the email contains a line break.", temporary=False)
        self.subject = subject
        self.sender, self.recipients = _with_ascii_domain(sender), [_with_ascii_domain(to)]
        self.body, self.alts, self.html = body, {}, html
        self.date, self.msgId = utcnow().timestamp(), message_id
        self.cc, self.bcc, self.reply_to = [], [], None
        self.attachments, self.charset = [], None
        self.mail_options, self.rcpt_options = [], []
        self.extra_headers = {"Auto-Submitted": "auto-generated"}

    def offer_unsubscribing(self, url: str) -> None:
        """Tell mail programs where one ends such emails with a click (RFC 8058)."""
        self.extra_headers = {
            **(self.extra_headers or {}),
            "List-Unsubscribe": f"<{url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }

    @property
    def needs_utf8(self) -> bool:
        """Whether an address has non-ASCII letters before its @."""
        return not f"{self.sender}{self.recipients}".isascii()

    def as_email(self, policy: EmailPolicy[EmailMessage] = POLICY) -> EmailMessage:
        email = EmailMessage(policy)
        email["Subject"] = self.subject
        email["From"] = _address(str(self.sender), current_app.config["SITE_NAME"])
        email["To"] = [_address(str(recipient)) for recipient in self.recipients]
        email["Date"] = datetime.fromtimestamp(self.date or 0, UTC)
        email["Message-ID"] = self.msgId
        for name, value in (self.extra_headers or {}).items():
            email[name] = value
        body = self.body or ""
        # Otherwise long lines are wrapped, and a link does not stay in one piece.
        plain = "8bit" if policy.cte_type == "8bit" else None
        email.set_content(body, cte="7bit" if body.isascii() else plain)
        if self.html is not None:
            email.add_alternative(self.html, subtype="html", cte=plain)
        return email

    def as_bytes(self) -> bytes:
        return self.as_email().as_bytes()

    def as_string(self) -> str:
        return self.as_email().as_string()


class SmtpConnection(flask_mail.Connection):
    """A connection to MAIL_SERVER; each reply may take MAIL_TIMEOUT_SECONDS."""

    def configure_host(self) -> smtplib.SMTP:
        try:
            return self._open()
        except (OSError, smtplib.SMTPException) as error:
            # Only a reply to this one email can be permanent: a wrong password or certificate
            # affects every email, and they are sent once the operator has fixed it.
            raise MailError(_text_of(error), temporary=True) from None

    def __exit__(self, *_error: object) -> None:
        if self.host is not None:
            # Once the email is accepted, a failed QUIT must not make us send it again.
            with suppress(OSError, smtplib.SMTPException):
                self.host.quit()
            self.host.close()

    def send(
        self,
        message: flask_mail.Message,
        envelope_from: str | tuple[str, str] | None = None,
    ) -> None:
        try:
            if self.host is not None and isinstance(message, Message) and message.needs_utf8:
                # Flask-Mail cannot send to such addresses; smtplib can, if the server can.
                self.host.send_message(message.as_email())
                app = current_app._get_current_object()  # type: ignore[attr-defined]
                flask_mail.email_dispatched.send(app, message=message)
            else:
                super().send(message, envelope_from)
        except (OSError, smtplib.SMTPException) as error:
            raise MailError(_text_of(error), temporary=not _is_permanent(error)) from None

    def _open(self) -> smtplib.SMTP:
        config = current_app.config
        # Our host name for EHLO; smtplib would look up the machine's own.
        greeting = urlsplit(config["BASE_URL"]).hostname or "localhost"
        server = (self.mail.server, self.mail.port, greeting)
        timeout = config["MAIL_TIMEOUT_SECONDS"]
        if self.mail.use_ssl:
            context = ssl.create_default_context()
            host: smtplib.SMTP = smtplib.SMTP_SSL(*server, timeout=timeout, context=context)
        else:
            host = smtplib.SMTP(*server, timeout=timeout)
        try:
            if self.mail.use_tls:
                host.starttls(context=ssl.create_default_context())
            if self.mail.username:
                host.login(self.mail.username, self.mail.password or "")
        except BaseException:
            host.close()
            raise
        return host


class FileConnection(flask_mail.Connection):
    """Writes each email to `instance/outbox/<time>-<name>.eml`, for sites without MAIL_SERVER."""

    def __enter__(self) -> Self:
        nearest = next(path for path in (self.folder, *self.folder.parents) if path.exists())
        if not os.access(nearest, os.W_OK | os.X_OK) or not nearest.is_dir():
            raise MailError(f"{self.folder} cannot be written", temporary=True)
        return self

    @property
    def folder(self) -> Path:
        return Path(current_app.instance_path) / "outbox"

    def send(
        self,
        message: flask_mail.Message,
        envelope_from: str | tuple[str, str] | None = None,
    ) -> None:
        if not self.mail.suppress:
            self._write(message)
        # There is no host, so this only checks the message and reports it as sent.
        super().send(message, envelope_from)

    def _write(self, message: flask_mail.Message) -> None:
        name = f"{utcnow():%Y%m%dT%H%M%S.%fZ}-{_file_name_of(message)}.eml"
        try:
            email = message.as_email(FILE_POLICY) if isinstance(message, Message) else message
            self._write_file(name, email.as_bytes())
        except OSError as error:
            raise MailError(f"{name}: {error.strerror}", temporary=True) from error
        # In development the log shows the link; in production it must not.
        link = "" if current_app.config["IS_PRODUCTION"] else _link_in(message.body or "")
        log.info("email written to %s: %s %s", self.folder / name, message.subject, link)

    def _write_file(self, name: str, content: bytes) -> None:
        # Emails hold links that sign people in: other users of the machine must not read them.
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.folder / f".{name}"
        draft.touch(mode=0o600)
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # Renaming makes the email appear complete or not at all.
        draft.replace(self.folder / name)


def _with_ascii_domain(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local}@{ascii_host(domain)}"


def _address(address: str, display_name: str = "") -> Address:
    local, _, domain = address.rpartition("@")
    return Address(display_name, local, domain)


def _file_name_of(message: flask_mail.Message) -> str:
    name = message.msgId.strip("<>").partition("@")[0] or "mail"
    return re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)[:80]


def _link_in(body: str) -> str:
    match = re.search(r"^https?://\S+$", body, re.MULTILINE)
    return match[0] if match else ""


def _reply_of(error: Exception) -> tuple[int, str | bytes] | None:
    match error:
        case smtplib.SMTPRecipientsRefused():
            # Each email has one recipient.
            return next(iter(error.recipients.values()))
        case smtplib.SMTPResponseException():
            return error.smtp_code, error.smtp_error
    return None


def _is_permanent(error: Exception) -> bool:
    if isinstance(error, (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)):
        reply = _reply_of(error)
        return reply is not None and reply[0] >= PERMANENT
    # The server cannot send to addresses with non-ASCII letters.
    return isinstance(error, smtplib.SMTPNotSupportedError)


def _text_of(error: Exception) -> str:
    """One line for the operator, without the addresses that servers like to repeat."""
    reply = _reply_of(error)
    if reply is None:
        return excerpt(f"{type(error).__name__}: {error}", REPLY_MAX)
    code, raw = reply
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    return excerpt(f"{code} {ADDRESS.sub('…', text)}", REPLY_MAX)
