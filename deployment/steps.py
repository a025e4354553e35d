"""What every part of the start shares: a calm voice, one reason for a failure, commands."""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INSTANCE = ROOT / "instance"
LOG = INSTANCE / "start.log"
# The exception behind a failure tells more than what a command makes of it afterwards.
TELLING_LINES = (re.compile(r"[\w.]*\w(Error|Exception): ."), re.compile(r"(ERROR|Error): ."))


class StartError(Exception):
    """Why Microblog cannot start, in one line."""


def say(line: str) -> None:
    print(line, flush=True)


def reason_in(output: str) -> str:
    """The one line of a failed command's output that tells most."""
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    for telling in TELLING_LINES:
        if found := [line for line in lines if telling.match(line)]:
            return found[-1]
    return (lines or ["it said nothing"])[-1].strip()


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run to the end, out of sight; what it wrote, errors included, is in `stdout`."""
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


def keep_log(output: str) -> str:
    """Save all that a failed command wrote. Returns the remark that tells where."""
    with suppress(OSError):
        INSTANCE.mkdir(exist_ok=True)
        LOG.write_text(output)
        return f" (more in {LOG.relative_to(ROOT)})"
    return ""


def do(what: str, *command: str | Path) -> None:
    """Run a command that has to work. Raises StartError with the reason it gave."""
    done = run(*command)
    if done.returncode:
        raise StartError(f"{what} failed: {reason_in(done.stdout)}{keep_log(done.stdout)}")


def check_writable(folder: Path) -> None:
    """Raises StartError unless `folder` can be written, or made where it is missing."""
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise StartError(f"the folder {nearest} cannot be written by this user")
