"""The virtual environment in `.venv`: made once, checked by hash, repaired when half made."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import sys
from pathlib import Path

from deployment.steps import ROOT, StartError, check_writable, do, keep_log, reason_in, run, say

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements.txt"
DEVELOPMENT = ROOT / "requirements-dev.txt"
NO_NETWORK = (
    "connection broken by",
    "NewConnectionError",
    "Read timed out",
    "problem confirming the ssl certificate",
)


def stamp_of(requirements: Path) -> Path:
    return VENV / f"{requirements.name}.installed"


def mark_of(requirements: Path) -> str:
    """What a stamp holds: the interpreter's version and the contents of the requirements."""
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    return f"{sys.implementation.cache_tag} {digest}\n"


def is_installed(requirements: Path) -> bool:
    stamp = stamp_of(requirements)
    return PYTHON.exists() and stamp.is_file() and stamp.read_text() == mark_of(requirements)


def ensure(requirements: Path) -> None:
    """Have every package of `requirements` in `.venv`. Raises StartError."""
    with requirements.open("rb") as lock:
        # `make test` beside a first `make run` waits here instead of clearing its work away.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_installed(requirements):
            _install(requirements)


def _install(requirements: Path) -> None:
    check_writable(VENV)
    if not is_installed(REQUIREMENTS):
        _make_venv()
    say(f"Installing the packages of {requirements.name}, which takes about a minute...")
    _install_packages(requirements)
    # The development file holds the other one's packages too, at the same versions.
    for file in {REQUIREMENTS, requirements}:
        stamp_of(file).write_text(mark_of(file))


def _make_venv() -> None:
    if not all(map(importlib.util.find_spec, ("venv", "ensurepip"))):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise StartError(
            f"Python {version} has no venv module; "
            f"on Debian or Ubuntu `apt install python{version}-venv` brings it"
        )
    say("Making a virtual environment in .venv...")
    do("making .venv", sys.executable, "-m", "venv", "--clear", VENV)


def _install_packages(requirements: Path) -> None:
    options = ("--no-input", "--disable-pip-version-check", "--progress-bar=off", "--retries=2")
    trusted = ("--require-hashes", "--only-binary=:all:", "-r", requirements)
    done = run(PYTHON, "-m", "pip", "install", *options, *trusted)
    if done.returncode:
        raise StartError(f"{why_pip_failed(done.stdout)}{keep_log(done.stdout)}")


def why_pip_failed(output: str) -> str:
    if any(sign in output for sign in NO_NETWORK):
        return "the packages could not be fetched; is this machine connected to the network?"
    return f"installing the packages failed: {reason_in(output)}"
