"""boot.sh: waits for the database, migrates once, says why it cannot, serves, and stops calmly."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support.live import LiveBrowser
from tests.support.servers import Postgresql

ROOT = Path(__file__).resolve().parent.parent
LIMIT_SECONDS = 60
pytestmark = [pytest.mark.server, pytest.mark.slow]


class Boots:
    """Starts boot.sh, each with what it says in a file, and ends what a test has left."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.database_url = database_url
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *what: str, **settings: str) -> subprocess.Popen[bytes]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        settings = {
            "DATABASE_URL": self.database_url,
            "SECRET_KEY": "a key for tests alone, thirty-two bytes and more",
            "PYTHONUNBUFFERED": "1",
            # Each takes a second to start, and one is enough to be waited for and stopped.
            "GUNICORN_CMD_ARGS": "--workers=1",
        } | settings
        with self.log(len(self.running)).open("wb") as log:
            process = subprocess.Popen(
                [str(ROOT / "boot.sh"), *what], cwd="/", env=kept | settings, stdout=log, stderr=log
            )
        self.running.append(process)
        return process

    def log(self, number: int) -> Path:
        return self.folder / f"log{number}"

    def said(self, process: subprocess.Popen[bytes]) -> str:
        return self.log(self.running.index(process)).read_text()

    def until(self, process: subprocess.Popen[bytes], is_true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + LIMIT_SECONDS
        while not is_true():
            assert process.poll() is None, self.said(process)
            assert time.monotonic() < deadline, self.said(process)
            time.sleep(0.05)

    def until_it_says(self, process: subprocess.Popen[bytes], words: str) -> None:
        self.until(process, lambda: words in self.said(process))

    def refusal(self, process: subprocess.Popen[bytes]) -> str:
        """The one line with which a start that cannot work ends."""
        assert process.wait(LIMIT_SECONDS) == 1, self.said(process)
        lines = self.said(process).splitlines()
        assert [line for line in lines if "cannot start" in line] == lines[-1:]
        assert "Traceback" not in self.said(process)
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


def test_the_web_server_migrates_serves_and_stops_calmly_with_its_secrets_in_files(
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
    boots.until(web, lambda: answers(port))
    assert "Microblog goes on as web." in boots.said(web)
    assert count_of_tables(boots.database_url) > 10
    line = Path(f"/proc/{web.pid}/cmdline").read_text()
    assert boots.database_url not in line and "k" * 40 not in line
    assert stop(web) == 0
    assert not answers(port)


def test_the_worker_migrates_works_and_stops_calmly(boots: Boots) -> None:
    worker = boots.start("worker")
    # It has its periodic work in the table, so it has looked for some and listens to signals.
    boots.until(worker, lambda: count_of_jobs(boots.database_url) > 0)
    assert stop(worker) == 0


def count_of_jobs(url: str) -> int:
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            return int(connection.execute(sa.text("SELECT count(*) FROM task")).scalar_one())
    except sa.exc.ProgrammingError:
        return 0
    finally:
        engine.dispose()


def test_without_a_word_it_does_both_and_stops_both(boots: Boots, port: int) -> None:
    both = boots.start(PORT=str(port))
    boots.until_it_says(both, f"Microblog serves http://localhost:{port}.")
    boots.until(both, lambda: count_of_jobs(boots.database_url) > 0)
    assert stop(both) == 0
    assert not answers(port)


def test_two_that_start_at_once_migrate_once(boots: Boots, port: int) -> None:
    web, worker = boots.start("web", PORT=str(port)), boots.start("worker")
    boots.until(web, lambda: answers(port))
    boots.until(worker, lambda: "goes on as worker" in boots.said(worker))
    boots.until(worker, lambda: count_of_jobs(boots.database_url) > 0)
    assert stop(web) == 0
    assert stop(worker) == 0


def test_it_waits_for_a_database_that_comes_later(boots: Boots, postgresql: Postgresql) -> None:
    later = f"{postgresql.url}/later"
    web = boots.start("worker", DATABASE_URL=later)
    boots.until_it_says(web, "Waiting for the database...")
    engine = sa.create_engine(f"{postgresql.url}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE DATABASE later"))
    engine.dispose()
    boots.until_it_says(web, "Microblog goes on as worker.")
    assert count_of_tables(later) > 10


def test_a_database_that_stays_away_is_given_up_with_its_reason(boots: Boots, port: int) -> None:
    away = f"postgresql://ana:hunter2@127.0.0.1:{port}/microblog"
    why = boots.refusal(boots.start("web", DATABASE_URL=away, DATABASE_WAIT_SECONDS="1"))
    assert why.startswith("no database within 1 s: connection failed: ")
    assert "Connection refused" in why
    assert "hunter2" not in why


def test_waiting_for_the_database_can_be_stopped(boots: Boots, port: int) -> None:
    web = boots.start("web", DATABASE_URL=f"postgresql://ana@127.0.0.1:{port}/microblog")
    boots.until_it_says(web, "Waiting for the database...")
    assert stop(web) == 0


def test_a_migration_that_fails_ends_the_start_with_its_reason(
    boots: Boots, postgresql: Postgresql
) -> None:
    engine = sa.create_engine(boots.database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE post (id int)"))
    engine.dispose()
    why = boots.refusal(boots.start("web"))
    assert why.startswith("preparing the database failed: ")
    assert 'relation "post" already exists' in why


def test_a_wrong_setting_and_a_wrong_word_end_the_start(boots: Boots) -> None:
    assert boots.refusal(boots.start("web", PORT="many")).startswith("PORT: not 'many'")
    assert boots.start("everything").wait(LIMIT_SECONDS) == 2
