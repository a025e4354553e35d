"""Mail through an SMTP server."""

from __future__ import annotations

import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage

from app.backends.mail.base import MailError
from app.lib.text import excerpt

REPLY_MAX = 300
ADDRESS = re.compile(r"\S+@\S+")
PERMANENT = 500


@dataclass(frozen=True)
class SmtpMailer:
    """One connection a mail; every answer is waited for `timeout` seconds at most."""

    host: str
    port: int
    timeout: float
    # Encrypted after a plain greeting (STARTTLS), or from the first byte.
    use_tls: bool = False
    use_ssl: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    # Our name in the greeting. Looking up the machine's own could take minutes.
    greeting: str = "localhost"

    def send(self, message: EmailMessage) -> None:
        # Only an answer about this very mail condemns it: a wrong password or certificate
        # concerns every mail, and they leave once the owner has put it right.
        server = self._open()
        try:
            server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            raise MailError(_text_of(error), temporary=not _is_permanent(error)) from None
        finally:
            # Once the mail is taken, a bad goodbye must not make us send it again.
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()

    def check(self) -> None:
        server = self._open()
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
        server.close()

    def _open(self) -> smtplib.SMTP:
        try:
            return self._connect()
        except (OSError, smtplib.SMTPException) as error:
            raise MailError(_text_of(error), temporary=True) from None

    def _connect(self) -> smtplib.SMTP:
        place = (self.host, self.port, self.greeting)
        if self.use_ssl:
            trust = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(*place, timeout=self.timeout, context=trust)
        else:
            server = smtplib.SMTP(*place, timeout=self.timeout)
        try:
            if self.use_tls:
                server.starttls(context=ssl.create_default_context())
            if self.username:
                server.login(self.username, self.password or "")
        except BaseException:
            server.close()
            raise
        return server


def _reply_of(error: Exception) -> tuple[int, str | bytes] | None:
    match error:
        case smtplib.SMTPRecipientsRefused():
            # We write to one person at a time.
            return next(iter(error.recipients.values()))
        case smtplib.SMTPResponseException():
            return error.smtp_code, error.smtp_error
    return None


def _is_permanent(error: Exception) -> bool:
    if isinstance(error, (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)):
        reply = _reply_of(error)
        return reply is not None and reply[0] >= PERMANENT
    # The server cannot write to addresses with letters beyond ASCII.
    return isinstance(error, smtplib.SMTPNotSupportedError)


def _text_of(error: Exception) -> str:
    """One line for the owner, without the addresses that servers like to repeat."""
    reply = _reply_of(error)
    if reply is None:
        return excerpt(f"{type(error).__name__}: {error}", REPLY_MAX)
    code, said = reply
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return excerpt(f"{code} {ADDRESS.sub('…', text)}", REPLY_MAX)
