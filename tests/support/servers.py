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

from tests.support.databases import (
    TEMPLATE,
    administer,
    each_kind,
    make_with,
    migrate,
    sqlite_in,
    tried_kinds,
    wanted_kind,
)
from tests.support.live import LiveServer, serve
from tests.support.programs import programs_allowed
from tests.support.shared import end_with_run, once, wait_until_gone

PACKAGE = "PostgreSQL: install the Debian package postgresql"


@dataclass
class Postgresql:
    """A cluster of its own, gone with everything in it when the tests end."""

    port: int
    folder: Path
    # Everything of `pg_ctl` but what to do.
    control: list[str]
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}"

    def new_database(self, kind: str = "", name: str = "") -> str:
        """The address of an empty database; `kind` is how CREATE DATABASE goes on."""
        name = name or f"test_{os.getpid()}_{next(self._numbers)}"
        url = f"{self.url}/{name}"
        administer(url, f"CREATE DATABASE {name} {kind}")
        return url

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
    def pid(self) -> int:
        return int(self._pid_file.read_text().split()[0])

    @property
    def _pid_file(self) -> Path:
        return self.folder / "data" / "postmaster.pid"

    def _processes(self) -> list[int]:
        """The server and its children."""
        server = self.pid
        children = Path(f"/proc/{server}/task/{server}/children").read_text()
        return [server, *map(int, children.split())]


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


def _create(folder: Path) -> Postgresql:
    """A new cluster in `folder`, not yet started."""
    command = [*_as_owner(folder), _program("initdb"), "-D", str(folder / "data")]
    kind = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    _run([*command, *kind], folder)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return _cluster(folder, probe.getsockname()[1])


def _cluster(folder: Path, port: int) -> Postgresql:
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off"
    options += f" -c unix_socket_directories={folder} -c max_connections=200"
    control = [*_as_owner(folder), _program("pg_ctl"), "-D", str(folder / "data")]
    control += ["-l", str(folder / "log"), "-w", "-o", options]
    return Postgresql(port, folder, control)


@contextmanager
def run_postgresql() -> Iterator[Postgresql]:
    """A cluster of one's own, that lives as long as the block."""
    with tempfile.TemporaryDirectory(prefix="microblog-", ignore_cleanup_errors=True) as name:
        server = _create(Path(name))
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def postgresql() -> Postgresql:
    """PostgreSQL, started once for all processes of a run."""

    def start(folder: Path) -> str:
        server = _create(folder)
        server.start()
        end_with_run(folder, server.pid, signal.SIGQUIT)
        migrate(server.new_database(name=TEMPLATE), folder)
        return f"{folder} {server.port}"

    folder, port = once("postgresql", start).split()
    return _cluster(Path(folder), int(port))


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session", autouse=True)
def wanted_database(request: pytest.FixtureRequest) -> None:
    """Sites that name no database get one of the wanted kind."""
    if wanted_kind() == "postgresql":
        with programs_allowed():
            make_with(request.getfixturevalue("postgresql").new_database)


@pytest.fixture(params=each_kind())
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
