"""What all processes of a test run share: whoever needs something first makes it for all."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

FOLDER = "MICROBLOG_TESTS_FOLDER"
END_SECONDS = 20


def begin() -> None:
    """Make the folder; the processes that this one starts find it."""
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="microblog-tests-")


def end() -> None:
    """Stop what was started for the run, by whichever process, and remove the folder."""
    folder = Path(os.environ.pop(FOLDER))
    for order in folder.glob("*/stop"):
        signum, pid = map(int, order.read_text().split())
        with suppress(ProcessLookupError):
            os.kill(pid, signum)
            wait_until_gone(pid)
    shutil.rmtree(folder, ignore_errors=True)


def folder_of(name: str) -> Path:
    """The folder of the thing `name`."""
    folder = Path(os.environ[FOLDER]) / name
    folder.mkdir(exist_ok=True)
    return folder


def once(name: str, make: Callable[[Path], str]) -> str:
    """What `make` says about the thing `name`; it is called once a run, with a folder for it."""
    folder = folder_of(name)
    # A server that runs as somebody else has to get into its folder.
    folder.parent.chmod(0o755)
    made = folder / "made"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            made.write_text(make(folder))
    return made.read_text()


def end_with_run(folder: Path, pid: int, signum: signal.Signals) -> None:
    """Have the process `pid` sent `signum` when the run is over."""
    (folder / "stop").write_text(f"{signum.value} {pid}")


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + END_SECONDS
    # A zombie that somebody else has to reap is gone too: it writes no more files.
    while time.monotonic() < deadline and _state_of(pid) not in ("", "Z"):
        time.sleep(0.05)


def _state_of(pid: int) -> str:
    with suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return ""
