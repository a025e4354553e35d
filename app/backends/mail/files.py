"""The default for mail: files in a folder, for a laptop that has no mail server."""

from __future__ import annotations

import logging
import os
import re
from email.message import EmailMessage
from pathlib import Path

from app.backends.mail.base import MailError
from app.lib.dates import utcnow

log = logging.getLogger(__name__)


class FileMailer:
    """Writes each mail as `<time>-<name>.eml`, whole or not at all."""

    def __init__(self, folder: Path, *, shows_links: bool) -> None:
        self.folder = folder
        self.shows_links = shows_links

    def send(self, message: EmailMessage) -> None:
        name = f"{utcnow():%Y%m%dT%H%M%S.%fZ}-{_name_of(message)}.eml"
        try:
            self._write(name, message.as_bytes())
        except OSError as error:
            raise MailError(f"{name}: {error.strerror}", temporary=True) from error
        # On a laptop the log is where people find the link; elsewhere a log must not have it.
        link = _link_in(message) if self.shows_links else ""
        log.info("mail written to %s: %s %s", self.folder / name, message["Subject"], link)

    def check(self) -> None:
        nearest = next(path for path in (self.folder, *self.folder.parents) if path.exists())
        if not os.access(nearest, os.W_OK | os.X_OK) or not nearest.is_dir():
            raise MailError(f"{self.folder} cannot be written", temporary=True)

    def _write(self, name: str, content: bytes) -> None:
        # The mails hold links that sign people in: nobody else on this machine may read them.
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.folder / f".{name}"
        draft.touch(mode=0o600)
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.folder / name)


def _name_of(message: EmailMessage) -> str:
    name = str(message["Message-ID"] or "mail").strip("<>").partition("@")[0]
    return re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)[:80]


def _link_in(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    found = re.search(r"^https?://\S+$", body.get_content() if body else "", re.MULTILINE)
    return found[0] if found else ""
