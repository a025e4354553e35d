"""From installed packages to a running site: wait for the database, migrate, serve or work."""

from __future__ import annotations

import argparse
import errno
import os
import re
import signal
import socket
import sys
import time
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import sqlalchemy as sa

from config import SettingError, load
from deployment.shell import (
    INSTANCE,
    ROOT,
    STOP_SIGNALS,
    StartError,
    check_writable,
    run,
    run_or_fail,
    say,
)
from deployment.supervise import supervise

FLASK = (sys.executable, "-m", "flask", "--app", "microblog")
WEB = (sys.executable, "-m", "gunicorn", "-c", "deployment/gunicorn.conf.py", "microblog:app")
WORKER = (*FLASK, "worker")
HOST = "127.0.0.1"
CONNECT_SECONDS = 3
RETRY_SECONDS = 0.5
# Checking a password takes 19 MiB for a moment. By default, glibc soon raises its threshold and
# keeps such blocks, once for each thread: after a dozen sign-ins a process is twice as large.
MALLOC_MMAP_THRESHOLD = str(1024 * 1024)
REVISION = re.compile(r'^revision = "(\w+)"', re.MULTILINE)
DOWN_REVISION = re.compile(r'^down_revision = "(\w+)"', re.MULTILINE)


def read_settings() -> dict[str, Any]:
    """Every setting. Raises StartError if one is wrong."""
    try:
        return load(os.environ, INSTANCE)
    except SettingError as error:
        raise StartError(str(error)) from None


def check_port(port: int) -> None:
    """Raises StartError unless `port` is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                hint = "is already in use; put another one into .env, as in PORT=5001"
            else:
                hint = f"cannot be used: {error.strerror}"
            raise StartError(f"port {port} {hint}") from None


def wait_for_database(url: str, limit: int) -> None:
    """Return once the database answers. Raises StartError if it has not after `limit` seconds."""
    if url.startswith("sqlite"):
        return
    engine = sa.create_engine(
        url, poolclass=sa.NullPool, connect_args={"connect_timeout": CONNECT_SECONDS}
    )
    deadline = time.monotonic() + limit
    has_reported = False
    while True:
        try:
            engine.connect().close()
            return
        except sa.exc.OperationalError as error:
            if time.monotonic() >= deadline:
                reason = str(error.orig).splitlines()[0]
                raise StartError(f"no database within {limit} s: {reason}") from None
        if not has_reported:
            say("Waiting for the database...")
            has_reported = True
        time.sleep(RETRY_SECONDS)


def newest_revision() -> str:
    """The revision after which no other comes; "" if there are several.

    Read from the files, since Alembic would import them all.
    """
    files = (ROOT / "migrations" / "versions").glob("*.py")
    texts = [file.read_text(encoding="utf-8") for file in files]
    revisions = {name for text in texts for name in REVISION.findall(text)}
    heads = revisions - {name for text in texts for name in DOWN_REVISION.findall(text)}
    return heads.pop() if len(heads) == 1 else ""


def is_migrated(url: str) -> bool:
    """Whether the database has the tables of this version, so that nothing is left to do."""
    address = sa.make_url(url)
    # Nobody but the site makes its file, for its owner alone.
    if address.drivername == "sqlite" and not Path(address.database or "").is_file():
        return False
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            rows = connection.execute(sa.text("SELECT version_num FROM alembic_version"))
            return rows.scalars().all() == [newest_revision()]
    except sa.exc.DBAPIError:
        # No such table, or whatever the migration will tell.
        return False


def prepare_database(settings: dict[str, Any]) -> None:
    """Wait for the database and migrate it. Processes that start at once take turns."""
    url = settings["SQLALCHEMY_DATABASE_URI"]
    wait_for_database(url, settings["DATABASE_WAIT_SECONDS"])
    # To ask takes a tenth of the time of the command, which is half of a start.
    if is_migrated(url):
        return
    say("Preparing the database...")
    run_or_fail("preparing the database", *FLASK, "db", "upgrade")


def is_empty(url: str) -> bool:
    """Whether the site has no members yet."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            people = sa.text('SELECT EXISTS (SELECT 1 FROM "user")')
            return not connection.execute(people).scalar_one()
    except sa.exc.DBAPIError:
        # The site itself will say what is wrong.
        return False


def setup_line(settings: dict[str, Any]) -> str:
    """At the first start, where its reader creates the first account; else nothing."""
    if not is_empty(settings["SQLALCHEMY_DATABASE_URI"]):
        return ""
    # Another process that starts at the same time may have printed it: that one stays valid.
    done = run(*FLASK, "user", "setup-link", "--first")
    link = next((line for line in done.stdout.splitlines() if "/auth/setup/" in line), "")
    return f"Create your account, which runs the site, within a day: {link}" if link else ""


def welcome(settings: dict[str, Any], setup: str) -> str:
    """What a person at a terminal wants to know once the site answers."""
    local = f"http://localhost:{settings['PORT']}"
    public = "" if settings["BASE_URL"] == local else f" for {settings['BASE_URL']}"
    emails = f"are sent through {settings['MAIL_SERVER']}."
    if not settings["MAIL_SERVER"]:
        emails = "are saved in instance/outbox/ until MAIL_SERVER is set."
    # The empty line sets it apart from what follows.
    running = f"Microblog is running at {local}{public}. Press Ctrl-C to stop it."
    return "\n".join(line for line in (running, setup, f"Emails {emails}") if line) + "\n"


def greeting(settings: dict[str, Any], is_from_source: bool) -> str:
    """What is printed once the site answers; to look for the link takes as long as a start."""
    setup = setup_line(settings)
    if is_from_source:
        return welcome(settings, setup)
    return "\n".join(filter(None, (f"Microblog is running at {settings['BASE_URL']}.", setup)))


def run_process(process: str, settings: dict[str, Any], is_from_source: bool) -> int:
    """Become the web server or the worker, or supervise both. Returns the exit code of both."""
    if process == "both":
        address = (HOST, settings["PORT"])
        return supervise(WEB, WORKER, address, partial(greeting, settings, is_from_source))
    command = WEB if process == "web" else WORKER
    if process == "web" and (setup := setup_line(settings)):
        say(setup)
    say(f"Starting the {'web server' if process == 'web' else 'worker'}.")
    return os.execv(command[0], command)  # noqa: S606 - this very process becomes the command


def handle_stop_signals(is_from_source: bool) -> None:
    """Exit on SIGINT and SIGTERM, which a container's first process would otherwise ignore."""

    def stop(signum: int, _frame: FrameType | None) -> None:
        # Shells and make expect 128 + signal; for a container, stopping early is no failure.
        sys.exit(128 + signum if is_from_source else 0)

    for signum in STOP_SIGNALS:
        signal.signal(signum, stop)
    # deployment/install.py blocked them until here.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)


def main() -> int:
    parser = argparse.ArgumentParser(prog="boot.sh", description=__doc__)
    parser.add_argument("process", nargs="?", choices=("web", "worker", "both"), default="both")
    parser.add_argument("--from-source", action="store_true", help="for a person at a terminal")
    options = parser.parse_args()
    handle_stop_signals(options.from_source)
    os.chdir(ROOT)
    os.environ.setdefault("MALLOC_MMAP_THRESHOLD_", MALLOC_MMAP_THRESHOLD)
    try:
        check_writable(INSTANCE)
        settings = read_settings()
        if options.from_source:
            check_port(settings["PORT"])
        prepare_database(settings)
    except StartError as error:
        print(f"Microblog cannot start: {error}", file=sys.stderr)
        return 1
    return run_process(options.process, settings, options.from_source)


if __name__ == "__main__":
    sys.exit(main())
