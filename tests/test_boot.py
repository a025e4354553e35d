"""boot.sh: waits for the database, migrates once, serves, stops cleanly, and explains failures."""

from __future__ import annotations

import http.client
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from deployment import boot
from tests.support.databases import copy_template, each_kind, migrate, new_url
from tests.support.live import LiveBrowser
from tests.support.servers import Postgresql

ROOT = Path(__file__).resolve().parent.parent
LIMIT_SECONDS = 60
pytestmark = [pytest.mark.server, pytest.mark.slow]


class Boots:
    """Starts boot.sh, each with its output in a file, and ends what a test leaves running."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.database_url = database_url
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *words: str, **settings: str) -> subprocess.Popen[bytes]:
        environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        settings = {
            "DATABASE_URL": self.database_url,
            "SECRET_KEY": "a key for tests alone, thirty-two bytes and more",
            "PYTHONUNBUFFERED": "1",
            # Each one takes a second to start, and one is enough here.
            "GUNICORN_CMD_ARGS": "--workers=1",
        } | settings
        with self.log(len(self.running)).open("wb") as log:
            process = subprocess.Popen(
                [str(ROOT / "boot.sh"), *words],
                cwd="/",
                env=environ | settings,
                stdout=log,
                stderr=log,
            )
        self.running.append(process)
        return process

    def log(self, number: int) -> Path:
        return self.folder / f"log{number}"

    def output_of(self, process: subprocess.Popen[bytes]) -> str:
        return self.log(self.running.index(process)).read_text()

    def until(self, process: subprocess.Popen[bytes], is_true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + LIMIT_SECONDS
        while not is_true():
            assert process.poll() is None, self.output_of(process)
            assert time.monotonic() < deadline, self.output_of(process)
            time.sleep(0.05)

    def until_printed(self, process: subprocess.Popen[bytes], words: str) -> None:
        self.until(process, lambda: words in self.output_of(process))

    def failure(self, process: subprocess.Popen[bytes]) -> str:
        """The reason given by a start that has to fail."""
        assert process.wait(LIMIT_SECONDS) == 1, self.output_of(process)
        lines = self.output_of(process).splitlines()
        assert [line for line in lines if "cannot start" in line] == lines[-1:]
        assert "Traceback" not in self.output_of(process)
        return lines[-1].removeprefix("Microblog cannot start: ")

    def end(self) -> None:
        for process in self.running:
            process.terminate()
        for process in self.running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(LIMIT_SECONDS)
            process.kill()
            process.wait()


@pytest.fixture
def boots(tmp_path: Path, postgresql: Postgresql) -> Iterator[Boots]:
    boots = Boots(tmp_path, postgresql.new_database())
    yield boots
    boots.end()


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    with suppress(OSError):
        return LiveBrowser(port).get("/auth/login").status == 200
    return False


def count_of_tables(url: str) -> int:
    engine = sa.create_engine(url)
    try:
        return len(sa.inspect(engine).get_table_names())
    finally:
        engine.dispose()


def stop(process: subprocess.Popen[bytes]) -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(LIMIT_SECONDS)


def count_of_jobs(url: str) -> int:
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            return int(connection.execute(sa.text("SELECT count(*) FROM task")).scalar_one())
    except sa.exc.ProgrammingError:
        return 0
    finally:
        engine.dispose()


def test_web_and_worker_that_start_at_once_migrate_once_serve_and_stop_cleanly(
    boots: Boots, port: int, tmp_path: Path
) -> None:
    (tmp_path / "database_url").write_text(f"{boots.database_url}\n")
    (tmp_path / "secret_key").write_text("k" * 40)
    secrets = {
        "DATABASE_URL": "",
        "DATABASE_URL_FILE": str(tmp_path / "database_url"),
        "SECRET_KEY": "",
        "SECRET_KEY_FILE": str(tmp_path / "secret_key"),
    }
    web = boots.start("web", PORT=str(port), **secrets)
    worker = boots.start("worker", **secrets)
    boots.until(web, lambda: answers(port))
    assert "Starting the web server." in boots.output_of(web)
    assert count_of_tables(boots.database_url) > 10
    # Its periodic jobs are in the table, so it has looked for work and handles signals.
    boots.until(worker, lambda: count_of_jobs(boots.database_url) > 0)
    assert "Starting the worker." in boots.output_of(worker)
    for process in (web, worker):
        command = Path(f"/proc/{process.pid}/cmdline").read_text()
        # Without it, each process keeps the memory of a dozen password checks.
        assert "MALLOC_MMAP_THRESHOLD_=1048576" in Path(f"/proc/{process.pid}/environ").read_text()
        assert boots.database_url not in command and "k" * 40 not in command
        assert stop(process) == 0
    assert not answers(port)


def test_without_an_argument_it_runs_both_and_stops_both(boots: Boots, port: int) -> None:
    both = boots.start(PORT=str(port))
    boots.until_printed(both, f"Microblog is running at http://localhost:{port}.")
    boots.until(both, lambda: count_of_jobs(boots.database_url) > 0)
    assert stop(both) == 0
    assert not answers(port)


def test_it_waits_for_a_database_that_comes_up_later(boots: Boots, postgresql: Postgresql) -> None:
    later = f"{postgresql.url}/later"
    web = boots.start("worker", DATABASE_URL=later)
    boots.until_printed(web, "Waiting for the database...")
    engine = sa.create_engine(f"{postgresql.url}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE DATABASE later"))
    engine.dispose()
    boots.until_printed(web, "Starting the worker.")
    assert count_of_tables(later) > 10


def test_a_database_that_never_answers_ends_the_start_with_its_reason(
    boots: Boots, port: int
) -> None:
    away = f"postgresql://ana:hunter2@127.0.0.1:{port}/microblog"
    why = boots.failure(boots.start("web", DATABASE_URL=away, DATABASE_WAIT_SECONDS="1"))
    assert why.startswith("no database within 1 s: connection failed: ")
    assert "Connection refused" in why
    assert "hunter2" not in why


def test_waiting_for_the_database_can_be_stopped(boots: Boots, port: int) -> None:
    web = boots.start("web", DATABASE_URL=f"postgresql://ana@127.0.0.1:{port}/microblog")
    boots.until_printed(web, "Waiting for the database...")
    assert stop(web) == 0


def test_a_migration_that_fails_ends_the_start_with_its_reason(
    boots: Boots, postgresql: Postgresql
) -> None:
    engine = sa.create_engine(boots.database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE post (id int)"))
    engine.dispose()
    why = boots.failure(boots.start("web"))
    assert why.startswith("preparing the database failed: ")
    assert 'relation "post" already exists' in why


def test_an_invalid_setting_and_an_unknown_process_end_the_start(boots: Boots) -> None:
    assert boots.failure(boots.start("web", PORT="many")).startswith("PORT: not 'many'")
    assert boots.start("everything").wait(LIMIT_SECONDS) == 2


class Terminal:
    """A start by hand, with everything that is shown on the screen."""

    def __init__(self, folder: Path, port: int, **settings: str) -> None:
        self.port, self.shown = port, ""
        self.screen, terminal = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "deployment.boot", "both", "--from-source"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "DATABASE_URL": f"sqlite:///{folder}/app.db"}
            | {"SECRET_KEY": "k" * 40, "PORT": str(port), "GUNICORN_CMD_ARGS": "--workers=1"}
            | settings,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
        )
        os.close(terminal)

    def read(self, end: str, seconds: float = LIMIT_SECONDS) -> None:
        """Read on until the screen shows `end`, or until the time is over."""
        deadline = time.monotonic() + seconds
        while end not in self.shown and time.monotonic() < deadline:
            if select.select([self.screen], [], [], 0.1)[0]:
                self.shown += os.read(self.screen, 1000).decode().replace("\r\n", "\n")

    def ask(self, path: str, method: str = "GET", **headers: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_SECONDS)
        connection.request(method, path, headers=headers)
        status = connection.getresponse().status
        connection.close()
        return status

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(LIMIT_SECONDS)
        os.close(self.screen)


@pytest.fixture
def terminal(tmp_path: Path, port: int) -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def start(**settings: str) -> Terminal:
        opened.append(Terminal(tmp_path, port, **settings))
        return opened[-1]

    yield start
    for one in opened:
        one.end()


def test_on_a_terminal_the_greeting_stays_and_only_problems_follow_it(
    terminal: Callable[..., Terminal], port: int
) -> None:
    screen = terminal()
    end = "until MAIL_SERVER is set.\n\n"
    screen.read(end)
    assert f"Microblog is running at http://localhost:{port}." in screen.shown
    # Where the first account is created.
    assert f"http://localhost:{port}/auth/setup/" in screen.shown
    assert [screen.ask("/"), screen.ask("/explore"), screen.ask("/nothing")] == [200, 200, 404]
    screen.read("GET", 2)
    assert screen.shown.endswith(end)
    assert screen.ask("/api/tokens", "POST", Authorization="Basic YW5hOm5vbmU=") == 401
    screen.read("authn_login_fail")
    assert "WARNING app.events" in screen.shown
    assert "INFO" not in screen.shown


def test_on_a_terminal_a_setting_brings_every_request_back(
    terminal: Callable[..., Terminal],
) -> None:
    screen = terminal(LOG_LEVEL="INFO")
    screen.read("until MAIL_SERVER is set.\n\n")
    assert screen.ask("/explore") == 200
    screen.read("GET /explore 200")
    assert "GET /explore 200" in screen.shown


@pytest.mark.parametrize("kind", each_kind())
def test_only_a_database_of_another_version_is_migrated(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = new_url(kind, tmp_path, request)
    assert not boot.is_migrated(url)
    assert not (tmp_path / "app.db").exists()
    if not copy_template(url):
        migrate(url, tmp_path)
    assert boot.is_migrated(url)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    for earlier in (
        "UPDATE alembic_version SET version_num = 'before'",
        "DROP TABLE alembic_version",
    ):
        with engine.begin() as connection:
            connection.execute(sa.text(earlier))
        assert not boot.is_migrated(url)


def test_the_newest_revision_is_the_one_of_alembic() -> None:
    scripts = ScriptDirectory(str(ROOT / "migrations"))
    assert boot.newest_revision() == scripts.get_current_head()
