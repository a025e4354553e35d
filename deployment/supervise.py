"""Run the web server and the worker side by side until a signal comes or the web server dies."""

from __future__ import annotations

import ctypes
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

from deployment.shell import ROOT, say

Command = Sequence[str | Path]
Process = subprocess.Popen[bytes]

POLL_SECONDS = 0.1
GRACE_SECONDS = 35  # gunicorn's own grace is 30
BACKOFF_SECONDS = 0.5
BACKOFF_MAX_SECONDS = 60.0
PR_SET_PDEATHSIG = 1


class StopSignals:
    """Counts Ctrl-C and similar signals; the second one means: stop immediately."""

    def __init__(self) -> None:
        self.count = 0
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, self._increment)

    def _increment(self, _signum: int, _frame: FrameType | None) -> None:
        self.count += 1


def _end_with_parent() -> None:
    """Have Linux send SIGTERM if the supervisor is killed, so that no orphan keeps the port."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _spawn(command: Command) -> Process:
    # A session of its own: Ctrl-C in a terminal reaches only the supervisor, which then sends
    # the signal that both processes treat as "finish what you are doing".
    return subprocess.Popen(
        [str(word) for word in command],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - no threads here
    )


class RestartingProcess:
    """A process that is restarted when it exits, with exponential backoff up to a minute."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.backoff_seconds = BACKOFF_SECONDS / 2
        self.restart_at: float | None = None
        self._start()

    def _start(self) -> None:
        self.process = _spawn(self.command)
        self.started_at = time.monotonic()
        self.restart_at = None

    def restart_if_due(self) -> None:
        """Schedule a restart after an exit, or carry it out; never blocks."""
        if self.process.poll() is None:
            return
        now = time.monotonic()
        if self.restart_at is None:
            self._schedule_restart(now)
        elif now >= self.restart_at:
            self._start()

    def _schedule_restart(self, now: float) -> None:
        was_stable = now - self.started_at > BACKOFF_MAX_SECONDS
        doubled = min(self.backoff_seconds * 2, BACKOFF_MAX_SECONDS)
        self.backoff_seconds = BACKOFF_SECONDS if was_stable else doubled
        self.restart_at = now + self.backoff_seconds
        code, pause = self.process.returncode, self.backoff_seconds
        say(f"The worker stopped with exit code {code}; restarting it in {pause:g} s.")


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


def _stop(processes: Sequence[Process], signals: StopSignals) -> bool:
    """Terminate all; kill what is left after the grace period or at another signal.

    Returns whether terminating was enough.
    """
    signals_before = signals.count
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    while any(process.poll() is None for process in processes):
        if time.monotonic() > deadline or signals.count > signals_before:
            break
        time.sleep(POLL_SECONDS)
    was_clean = all(process.poll() is not None for process in processes)
    for process in processes:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return was_clean


def supervise(
    web: Command, worker: Command, address: tuple[str, int], welcome: Callable[[], str]
) -> int:
    """Serve until a signal comes. Returns the exit code: 0 only after a clean stop.

    What `welcome` returns is printed once the site answers; only then is it called.
    """
    signals = StopSignals()
    web_process = _spawn(web)
    worker_process = RestartingProcess(worker)
    is_ready = False
    while not signals.count and web_process.poll() is None:
        worker_process.restart_if_due()
        if not is_ready and _answers(address):
            is_ready = True
            say(welcome())
        time.sleep(POLL_SECONDS)
    has_crashed = signals.count == 0
    if has_crashed:
        code = web_process.returncode
        say(f"The web server stopped with exit code {code}; stopping the worker too.")
    else:
        say("Stopping...")
    was_clean = _stop((web_process, worker_process.process), signals)
    return 0 if was_clean and not has_crashed else 1
