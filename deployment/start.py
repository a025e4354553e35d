"""From a fresh clone to a running site: install, check, prepare, serve."""

from __future__ import annotations

import argparse
import errno
import json
import signal
import socket
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from deployment import environment
from deployment.environment import DEVELOPMENT, PYTHON, REQUIREMENTS
from deployment.steps import INSTANCE, ROOT, StartError, check_writable, do, reason_in, run, say
from deployment.supervise import supervise

FLASK = (PYTHON, "-m", "flask", "--app", "microblog")
WEB = (PYTHON, "-m", "gunicorn", "-c", "deployment/gunicorn.conf.py", "microblog:app")
WORKER = (*FLASK, "worker")
HOST = "127.0.0.1"


def read_settings() -> dict[str, Any]:
    """The few settings the start needs. Raises StartError when any setting is wrong."""
    done = run(PYTHON, "-m", "deployment.settings")
    if done.returncode:
        raise StartError(reason_in(done.stdout))
    settings: dict[str, Any] = json.loads(done.stdout)
    return settings


def check_port(port: int) -> None:
    """Raises StartError unless `port` can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                hint = "is taken by another program; `make run PORT=5001` uses another one"
            else:
                hint = f"cannot be used: {error.strerror}"
            raise StartError(f"port {port} {hint}") from None


def is_stale(catalogue: Path) -> bool:
    """Whether a .po file was changed after its .mo file was made."""
    compiled = catalogue.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime < catalogue.stat().st_mtime


def compile_translations() -> None:
    if any(map(is_stale, (ROOT / "app" / "translations").rglob("*.po"))):
        say("Compiling the translations...")
        do("compiling the translations", *FLASK, "translate", "compile")


def serve() -> int:
    check_writable(INSTANCE)
    environment.ensure(REQUIREMENTS)
    settings = read_settings()
    check_port(settings["PORT"])
    say("Preparing the database...")
    do("preparing the database", *FLASK, "db", "upgrade")
    compile_translations()
    return supervise(WEB, WORKER, (HOST, settings["PORT"]), welcome(settings))


def welcome(settings: dict[str, Any]) -> str:
    local = f"http://localhost:{settings['PORT']}"
    public = "" if settings["BASE_URL"] == local else f" for {settings['BASE_URL']}"
    mails = f"are sent through {settings['MAIL_SERVER']}."
    if not settings["MAIL_SERVER"]:
        mails = "are kept in instance/outbox/ until MAIL_SERVER is set."
    return f"Microblog runs on {local}{public} - Ctrl-C stops it.\nMails {mails}"


def install(requirements: Path) -> int:
    environment.ensure(requirements)
    compile_translations()
    return 0


def end(signum: int, _frame: FrameType | None) -> None:
    sys.exit(128 + signum)


def main() -> int:
    parser = argparse.ArgumentParser(prog="deployment/run.py", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("serve", "prepare", "develop"), default="serve")
    chosen = parser.parse_args().what
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, end)
    try:
        if chosen == "serve":
            return serve()
        return install(REQUIREMENTS if chosen == "prepare" else DEVELOPMENT)
    except StartError as error:
        print(f"Microblog cannot start: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
