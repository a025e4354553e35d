"""The seam for mail: hand over one finished message."""

from email.message import EmailMessage
from typing import Protocol


class MailError(Exception):
    """The message was not taken. `temporary`: the same message may be taken later.

    Its text names no address and no secret.
    """

    def __init__(self, text: str, *, temporary: bool) -> None:
        super().__init__(text)
        self.temporary = temporary


class Mailer(Protocol):
    """Somewhere that mails can go."""

    def send(self, message: EmailMessage) -> None:
        """Hand over `message` to its To address. Raises MailError."""

    def check(self) -> None:
        """Go as far as one can without a mail. Raises MailError."""
