"""From an installed program to a running one: wait for the database, migrate, serve or work."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from types import FrameType
from typing import Any

import sqlalchemy as sa

from config import SettingError, load
from deployment.steps import INSTANCE, ROOT, StartError, check_writable, do, say
from deployment.supervise import supervise

FLASK = (sys.executable, "-m", "flask", "--app", "microblog")
WEB = (sys.executable, "-m", "gunicorn", "-c", "deployment/gunicorn.conf.py", "microblog:app")
WORKER = (*FLASK, "worker")
CONNECT_SECONDS = 3
PAUSE_SECONDS = 0.5


def read_settings() -> dict[str, Any]:
    """Every setting. Raises StartError when one is wrong."""
    try:
        return load(os.environ, INSTANCE)
    except SettingError as error:
        raise StartError(str(error)) from None


def wait_for_database(url: str, limit: int) -> None:
    """Return once the database answers. Raises StartError when it has not after `limit` seconds."""
    if url.startswith("sqlite"):
        return
    engine = sa.create_engine(
        url, poolclass=sa.NullPool, connect_args={"connect_timeout": CONNECT_SECONDS}
    )
    deadline = time.monotonic() + limit
    is_silent = True
    while True:
        try:
            engine.connect().close()
            return
        except sa.exc.OperationalError as error:
            if time.monotonic() >= deadline:
                reason = str(error.orig).splitlines()[0]
                raise StartError(f"no database within {limit} s: {reason}") from None
        if is_silent:
            say("Waiting for the database...")
            is_silent = False
        time.sleep(PAUSE_SECONDS)


def prepare(settings: dict[str, Any]) -> None:
    """Have a database that is there and up to date. Two that start at once take turns."""
    check_writable(INSTANCE)
    wait_for_database(settings["SQLALCHEMY_DATABASE_URI"], settings["DATABASE_WAIT_SECONDS"])
    say("Preparing the database...")
    do("preparing the database", *FLASK, "db", "upgrade")


def go_on_as(what: str, settings: dict[str, Any]) -> int:
    """Become the web server or the worker, or look after both. Returns the exit code of both."""
    if what == "both":
        address = ("127.0.0.1", settings["PORT"])
        return supervise(WEB, WORKER, address, f"Microblog serves {settings['BASE_URL']}.")
    command = WEB if what == "web" else WORKER
    say(f"Microblog goes on as {what}.")
    return os.execv(command[0], command)  # noqa: S606 - this very process becomes the command


def end(_signum: int, _frame: FrameType | None) -> None:
    # The first process of a container would ignore a signal that it does not handle.
    sys.exit(0)


def main() -> int:
    parser = argparse.ArgumentParser(prog="boot.sh", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("web", "worker", "both"), default="both")
    what = parser.parse_args().what
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, end)
    os.chdir(ROOT)
    try:
        settings = read_settings()
        prepare(settings)
    except StartError as error:
        print(f"Microblog cannot start: {error}", file=sys.stderr)
        return 1
    return go_on_as(what, settings)


if __name__ == "__main__":
    sys.exit(main())
