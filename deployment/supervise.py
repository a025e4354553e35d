"""Run the web server and the worker side by side until one is asked, or has, to stop."""

from __future__ import annotations

import ctypes
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

from deployment.steps import ROOT, say

Command = Sequence[str | Path]
Process = subprocess.Popen[bytes]

POLL_SECONDS = 0.1
GRACE_SECONDS = 35  # gunicorn's own grace is 30
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 60.0
PR_SET_PDEATHSIG = 1


class StopSignals:
    """Counts Ctrl-C and its relatives; the second one means: at once."""

    def __init__(self) -> None:
        self.count = 0
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, self._note)

    def _note(self, _signum: int, _frame: FrameType | None) -> None:
        self.count += 1


def _end_with_parent() -> None:
    """Asks Linux for a SIGTERM when the supervisor is killed, so that nothing keeps the port."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _spawn(command: Command) -> Process:
    # A session of its own: Ctrl-C in a terminal reaches the supervisor alone, which then
    # sends the signal that both understand as "finish what you are doing".
    return subprocess.Popen(
        [str(word) for word in command],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - no threads here
    )


class RestartedProcess:
    """A process that is started again when it dies, after a pause that doubles up to a minute."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.wait_seconds = FIRST_WAIT_SECONDS / 2
        self.due_at: float | None = None
        self._start()

    def _start(self) -> None:
        self.process = _spawn(self.command)
        self.started_at = time.monotonic()
        self.due_at = None

    def tend(self) -> None:
        """Notice a death, or end a pause; never waits."""
        if self.process.poll() is None:
            return
        now = time.monotonic()
        if self.due_at is None:
            self._plan(now)
        elif now >= self.due_at:
            self._start()

    def _plan(self, now: float) -> None:
        has_lived_long = now - self.started_at > LONGEST_WAIT_SECONDS
        doubled = min(self.wait_seconds * 2, LONGEST_WAIT_SECONDS)
        self.wait_seconds = FIRST_WAIT_SECONDS if has_lived_long else doubled
        self.due_at = now + self.wait_seconds
        code = self.process.returncode
        say(f"The worker stopped (exit code {code}); it starts again in {self.wait_seconds:g} s.")


def _answers(address: tuple[str, int]) -> bool:
    connection = http.client.HTTPConnection(*address, timeout=3)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def _stop(processes: Sequence[Process], signals: StopSignals, patience: int) -> bool:
    """Ask all to finish, then insist. Returns whether asking was enough."""
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    while any(process.poll() is None for process in processes):
        if time.monotonic() > deadline or signals.count > patience:
            break
        time.sleep(POLL_SECONDS)
    was_enough = all(process.poll() is not None for process in processes)
    for process in processes:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return was_enough


def supervise(web: Command, worker: Command, address: tuple[str, int], welcome: str) -> int:
    """Serve until a signal comes. Returns the exit code: 0 only after a calm stop."""
    signals = StopSignals()
    server = _spawn(web)
    helper = RestartedProcess(worker)
    is_welcome_due = True
    while not signals.count and server.poll() is None:
        helper.tend()
        if is_welcome_due and _answers(address):
            say(welcome)
            is_welcome_due = False
        time.sleep(POLL_SECONDS)
    died = signals.count == 0
    if died:
        say(f"The web server stopped (exit code {server.returncode}); stopping the worker too.")
    else:
        say("Stopping...")
    was_calm = _stop((server, helper.process), signals, patience=signals.count)
    return 0 if was_calm and not died else 1
