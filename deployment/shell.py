"""What installing and booting share: terminal output, running commands, one-line failures."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INSTANCE = ROOT / "instance"
LOG = INSTANCE / "start.log"
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
# The exception that caused a failure says more than the command's own summary of it.
REASON_PATTERNS = (re.compile(r"[\w.]*\w(Error|Exception): ."), re.compile(r"(ERROR|Error): ."))


class StartError(Exception):
    """Why Microblog cannot start, in one line."""


def say(line: str) -> None:
    print(line, flush=True)


def reason_in(output: str) -> str:
    """The most informative line of a failed command's output."""
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    for pattern in REASON_PATTERNS:
        if found := [line for line in lines if pattern.match(line)]:
            return found[-1]
    return (lines or ["no output"])[-1].strip()


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command silently; its output, including errors, is in `stdout`."""
    return subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )


def save_log(output: str) -> str:
    """Save the full output of a failed command. Returns a remark that says where."""
    with suppress(OSError):
        INSTANCE.mkdir(mode=0o700, exist_ok=True)
        LOG.write_text(output)
        return f" (see {LOG.relative_to(ROOT)} for details)"
    return ""


def run_or_fail(purpose: str, *command: str | Path) -> None:
    """Run a command that has to succeed. Raises StartError with its reason."""
    done = run(*command)
    if done.returncode:
        raise StartError(f"{purpose} failed: {reason_in(done.stdout)}{save_log(done.stdout)}")


def check_writable(folder: Path) -> None:
    """Raises StartError unless `folder` is writable, or can be created if it is missing."""
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise StartError(f"this user cannot write to the folder {nearest}")
