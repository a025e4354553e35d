"""Real servers on private loopback ports; without their packages the tests are skipped by name."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support.databases import make_with, sqlite_in, tried_kinds, wanted_kind
from tests.support.elasticsearch import wait_until_gone
from tests.support.live import LiveServer, serve

PACKAGE = "PostgreSQL: install the Debian package postgresql"


@dataclass
class Postgresql:
    """A cluster of its own, gone with everything in it when the tests end."""

    url: str
    folder: Path
    # Everything of `pg_ctl` but what to do.
    control: list[str]
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def new_database(self, kind: str = "") -> str:
        """The address of an empty database; `kind` is how CREATE DATABASE goes on."""
        name = f"test{next(self._numbers)}"
        engine = sa.create_engine(f"{self.url}/postgres", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name} {kind}"))
        engine.dispose()
        return f"{self.url}/{name}"

    def start(self) -> None:
        _run([*self.control, "start"], self.folder)

    def stop(self) -> None:
        """End it at once, as a crash would, unless it was killed."""
        if not self._pid_file.exists():
            return
        self.thaw()
        _run([*self.control, "-m", "immediate", "stop"], self.folder)

    def freeze(self) -> None:
        """Stop it in the middle of whatever it does: it accepts, and never answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End all its processes at once, none of which learns of it."""
        # Stopped first, so that it starts none that is not in the list.
        self.freeze()
        processes = self._processes()
        for process in processes:
            _tell(process, signal.SIGKILL)
        for process in processes:
            wait_until_gone(process)
        # The number of a dead process that nobody has buried yet would forbid the next start.
        for file in (self._pid_file, *self.folder.glob(".s.PGSQL.*")):
            file.unlink()

    def _signal(self, signum: signal.Signals) -> None:
        # The first one first, so that it starts no process that is not in the list.
        os.kill(self._processes()[0], signum)
        for child in self._processes()[1:]:
            _tell(child, signum)

    @property
    def _pid_file(self) -> Path:
        return self.folder / "data" / "postmaster.pid"

    def _processes(self) -> list[int]:
        """The server and its children."""
        server = self._pid_file.read_text().split()[0]
        children = Path(f"/proc/{server}/task/{server}/children").read_text()
        return [int(server), *map(int, children.split())]


def _tell(process: int, signum: signal.Signals) -> None:
    # One that serves a connection may have ended with it in between.
    with suppress(ProcessLookupError):
        os.kill(process, signum)


def _program(name: str) -> str:
    # Debian keeps a version's programs to itself; the newest one will do.
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    path = os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")])
    found = shutil.which(name, path=path)
    if found is None:
        pytest.skip(PACKAGE)
    return found


def _as_owner(folder: Path) -> list[str]:
    """How to run a program as the owner of `folder`: the server refuses to run as root."""
    if os.geteuid() != 0:
        return []
    try:
        person = pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip(PACKAGE)
    os.chown(folder, person.pw_uid, person.pw_gid)
    ids = [f"--reuid={person.pw_uid}", f"--regid={person.pw_gid}"]
    return ["setpriv", *ids, "--clear-groups"]


@contextmanager
def run_postgresql() -> Iterator[Postgresql]:
    """A cluster that lives as long as the block."""
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    with tempfile.TemporaryDirectory(prefix="microblog-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        data, owner = str(folder / "data"), _as_owner(folder)
        kind = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        _run([*owner, initdb, "-D", data, *kind], folder)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off"
        options += f" -c unix_socket_directories={folder} -c max_connections=200"
        control = [*owner, pg_ctl, "-D", data, "-l", str(folder / "log"), "-w", "-o", options]
        server = Postgresql(f"postgresql+psycopg://postgres@127.0.0.1:{port}", folder, control)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgresql]:
    """PostgreSQL, started once for all tests of this process."""
    with run_postgresql() as server:
        yield server


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session", autouse=True)
def wanted_database(request: pytest.FixtureRequest) -> None:
    """Sites that name no database get one of the wanted kind."""
    if wanted_kind() == "postgresql":
        make_with(request.getfixturevalue("postgresql").new_database)


@pytest.fixture(params=tried_kinds())
def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind in turn, whichever the tests run on."""
    if request.param == "sqlite":
        return sqlite_in(tmp_path)
    server: Postgresql = request.getfixturevalue("postgresql")
    return server.new_database()


@pytest.fixture(scope="session")
def live_server_on_postgresql(
    postgresql: Postgresql, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    """The product on PostgreSQL, started once for all tests of this process."""
    with serve(postgresql.new_database(), tmp_path_factory.mktemp("live")) as server:
        yield server


@pytest.fixture(params=tried_kinds())
def any_live_server(request: pytest.FixtureRequest) -> LiveServer:
    """The product on each database in turn."""
    suffix = "" if request.param == "sqlite" else "_on_postgresql"
    server: LiveServer = request.getfixturevalue(f"live_server{suffix}")
    return server
