"""A mail server in a process of its own, which can be killed: what it took is on disk by then."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from uuid import uuid4

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30


class Keeper:
    """Puts every mail into `folder` before it says that it has it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(  # noqa: N802 (aiosmtpd calls it so)
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        draft = self.folder / f"{uuid4()}.part"
        draft.write_bytes(envelope.content)
        draft.rename(draft.with_suffix(".eml"))
        return "250 OK"


@dataclass
class MailServer:
    """The server, which keeps its port and its mails over deaths."""

    folder: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = self.port or probe.getsockname()[1]

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "tests.support.mail_server",
            str(self.port),
            str(self.folder),
        ]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not self._is_greeting():
            is_alive = self.process.poll() is None and time.monotonic() < deadline
            assert is_alive, (self.folder / "log").read_text()
            time.sleep(0.05)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def freeze(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def mails(self) -> list[Message]:
        """All that it took, a mail that came twice two times."""
        return [message_from_bytes(path.read_bytes()) for path in self.folder.glob("*.eml")]

    def _is_greeting(self) -> bool:
        with (
            suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port), timeout=1) as line,
        ):
            return line.recv(3) == b"220"
        return False


def run(port: int, folder: Path) -> None:
    """Serve until killed."""
    Controller(Keeper(folder), hostname="127.0.0.1", port=port, ready_timeout=START_SECONDS).start()
    # Whoever started it may be gone without a word.
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(1)


if __name__ == "__main__":
    run(int(sys.argv[1]), Path(sys.argv[2]))
