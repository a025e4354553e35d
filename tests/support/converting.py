"""Converts pictures in the process of the test, which starts no program."""

from __future__ import annotations

from contextlib import redirect_stdout
from io import StringIO
from typing import IO, Any

import pytest

from app.backends import pictures
from app.lib.pictures import program


class ProcessInHere:
    """What the starter takes for a process; the work is done when it was created."""

    pid = 0
    returncode = 0

    def __init__(self, command: list[str], *, stdout: IO[bytes], **_options: Any) -> None:
        _python, _isolated, _program, *words = command
        with redirect_stdout(StringIO()) as said:
            program.main(words)
        stdout.write(said.getvalue().encode())
        stdout.flush()

    def wait(self, _seconds: float | None = None) -> int:
        return self.returncode


@pytest.fixture
def converting_in_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are converted without starting a program, and without the limits on it."""
    monkeypatch.setattr(program, "limit_itself", lambda: None)
    monkeypatch.setattr(pictures.subprocess, "Popen", ProcessInHere)
