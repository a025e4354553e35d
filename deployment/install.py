"""Install what the source needs into `.venv`, compile the translations, and start the site.

Started by deployment/bootstrap.py with Python 3.11 or newer. Since no package is installed yet,
only the standard library may be imported here.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import importlib.util
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from deployment.shell import (
    ROOT,
    STOP_SIGNALS,
    StartError,
    check_writable,
    reason_in,
    run,
    run_or_fail,
    save_log,
    say,
)

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements.txt"
DEVELOPMENT = ROOT / "requirements-dev.txt"
TRANSLATIONS = ROOT / "app" / "translations"
NETWORK_ERRORS = (
    "connection broken by",
    "NewConnectionError",
    "Read timed out",
    "problem confirming the ssl certificate",
)


def stamp_path(requirements: Path) -> Path:
    return VENV / f"{requirements.name}.installed"


def stamp_text(requirements: Path) -> str:
    """Identifies an installation by its interpreter and the contents of `requirements`."""
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    return f"{sys.implementation.cache_tag} {digest}\n"


def is_installed(requirements: Path) -> bool:
    stamp = stamp_path(requirements)
    return PYTHON.exists() and stamp.is_file() and stamp.read_text() == stamp_text(requirements)


def install_packages(requirements: Path) -> None:
    """Make sure that `.venv` has every package of `requirements`. Raises StartError."""
    with requirements.open("rb") as lock:
        # `make test` beside a first `make run` waits here instead of clearing `.venv` under it.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_installed(requirements):
            _install(requirements)


def _install(requirements: Path) -> None:
    check_writable(VENV)
    if not is_installed(REQUIREMENTS):
        _create_venv()
    say(f"Installing the packages in {requirements.name}. This takes about a minute...")
    _run_pip(requirements)
    # The development file includes the other one's packages, at the same versions.
    for file in {REQUIREMENTS, requirements}:
        stamp_path(file).write_text(stamp_text(file))


def _create_venv() -> None:
    if not all(map(importlib.util.find_spec, ("venv", "ensurepip"))):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise StartError(
            f"Python {version} has no venv module; "
            f"on Debian or Ubuntu, install it with `apt install python{version}-venv`"
        )
    say("Creating a virtual environment in .venv...")
    run_or_fail("creating .venv", sys.executable, "-m", "venv", "--clear", VENV)


def _run_pip(requirements: Path) -> None:
    options = ("--no-input", "--disable-pip-version-check", "--progress-bar=off", "--retries=2")
    trusted = ("--require-hashes", "--only-binary=:all:", "-r", requirements)
    done = run(PYTHON, "-m", "pip", "install", *options, *trusted)
    if done.returncode:
        raise StartError(f"{pip_failure(done.stdout)}{save_log(done.stdout)}")


def pip_failure(output: str) -> str:
    if any(sign in output for sign in NETWORK_ERRORS):
        return "could not download the packages; is this machine connected to the network?"
    return f"installing the packages failed: {reason_in(output)}"


def is_stale(catalog: Path) -> bool:
    """Whether a .po file was changed after its .mo file was compiled."""
    compiled = catalog.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime < catalog.stat().st_mtime


def compile_translations() -> None:
    if any(map(is_stale, TRANSLATIONS.rglob("*.po"))):
        say("Compiling the translations...")
        # Babel itself instead of `flask translate`, which would need valid settings.
        babel = (PYTHON, "-m", "babel.messages.frontend", "--quiet")
        run_or_fail("compiling the translations", *babel, "compile", "-d", TRANSLATIONS)


def boot() -> None:
    # Until boot has its handlers, a Ctrl-C would print a traceback; it waits for them instead.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    command = [str(PYTHON), "-m", "deployment.boot", "both", "--from-source"]
    os.execv(PYTHON, command)  # noqa: S606 - this very process becomes the site


def exit_on_signal(signum: int, _frame: FrameType | None) -> None:
    sys.exit(128 + signum)


def main() -> None:
    about = "Install Microblog from its source, and start it."
    parser = argparse.ArgumentParser(prog="deployment/bootstrap.py", description=about)
    parser.add_argument("goal", nargs="?", choices=("serve", "prepare", "develop"), default="serve")
    goal = parser.parse_args().goal
    for signum in STOP_SIGNALS:
        signal.signal(signum, exit_on_signal)
    try:
        install_packages(DEVELOPMENT if goal == "develop" else REQUIREMENTS)
        compile_translations()
    except StartError as error:
        sys.exit(f"Microblog cannot start: {error}")
    if goal == "serve":
        boot()


if __name__ == "__main__":
    main()
