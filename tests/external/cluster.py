"""The site with all that it can stand on, each part real and able to die or freeze."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests.support.elasticsearch import Elasticsearch, run_elasticsearch
from tests.support.live import LiveServer, serve
from tests.support.mail_server import MailServer
from tests.support.redis_servers import RedisServer, redis_program
from tests.support.servers import Postgresql, run_postgresql

ROOT = Path(__file__).resolve().parents[2]
WORKERS = ("worker1", "worker2")
PARTS = ("redis", "smtp", "worker", "web", "postgresql", "elasticsearch")
LIMIT_SECONDS = 90
# Longer than the longest talk to a mail server that was frozen, shorter than people wait.
LEASE_SECONDS = 10


def wait_until(is_true: Callable[[], bool], what: Callable[[], object]) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, what()
        time.sleep(0.05)


@dataclass
class Stage:
    """The site's parts: `kill` one and `revive` it, or `freeze` and `thaw` it."""

    folder: Path
    postgresql: Postgresql
    redis: RedisServer
    elasticsearch: Elasticsearch
    mail: MailServer
    web: LiveServer
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    # Which of the two workers, and which process of gunicorn, a fault is about.
    _chosen: str = WORKERS[0]
    _frozen: int = 0

    def __post_init__(self) -> None:
        # Connections of a pool would not outlive the database.
        self.engine = sa.create_engine(self.web.engine.url, poolclass=sa.NullPool)

    def kill(self, part: str) -> None:
        """End it as nothing can prevent or notice: kill -9."""
        match part:
            case "redis":
                self.redis.stop()
            case "smtp":
                self.mail.kill()
            case "worker":
                self._chosen = self._busy_worker()
                self.workers[self._chosen].kill()
                self.workers[self._chosen].wait()
            case "web":
                os.kill(self._web_processes()[0], signal.SIGKILL)
            case "postgresql":
                self.postgresql.kill()
            case "elasticsearch":
                self.elasticsearch.kill()

    def revive(self, part: str) -> None:
        """Start it again, as whatever watches over it would."""
        match part:
            case "redis":
                self.redis.start()
            case "smtp":
                self.mail.start()
            case "worker":
                self.start_worker(self._chosen)
            case "web":
                # gunicorn has done so by itself.
                wait_until(lambda: len(self._web_processes()) == 2, lambda: "one web process")
            case "postgresql":
                self.postgresql.start()
            case "elasticsearch":
                self.elasticsearch.revive()

    def freeze(self, part: str) -> None:
        """Stop it in the middle of whatever it does: SIGSTOP."""
        match part:
            case "redis":
                self.redis.freeze()
            case "smtp":
                self.mail.freeze()
            case "worker":
                self._chosen = self._busy_worker()
                self.workers[self._chosen].send_signal(signal.SIGSTOP)
            case "web":
                self._frozen = self._web_processes()[0]
                os.kill(self._frozen, signal.SIGSTOP)
            case "postgresql":
                self.postgresql.freeze()
            case "elasticsearch":
                self.elasticsearch.freeze()

    def thaw(self, part: str) -> None:
        match part:
            case "redis":
                self.redis.thaw()
            case "smtp":
                self.mail.thaw()
            case "worker":
                self.workers[self._chosen].send_signal(signal.SIGCONT)
            case "web":
                os.kill(self._frozen, signal.SIGCONT)
            case "postgresql":
                self.postgresql.thaw()
            case "elasticsearch":
                self.elasticsearch.thaw()

    def start_worker(self, name: str) -> None:
        command = [sys.executable, "-m", "flask", "--app", "microblog", "worker"]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.workers[name] = subprocess.Popen(
                command, cwd=ROOT, env=self.web.environ, stdout=log, stderr=log
            )

    def end_workers(self) -> None:
        for process in self.workers.values():
            process.kill()
            process.wait()

    def rows(self, sql: str, **parameters: object) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(sql), parameters)]

    def change(self, sql: str, **parameters: object) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.text(sql), parameters)

    def value(self, sql: str, **parameters: object) -> object:
        return self.rows(sql, **parameters)[0][0]

    def logs(self) -> dict[str, str]:
        """What the site's own processes wrote."""
        paths = [self.web.log, self.web.log.with_name("errors"), *self.folder.glob("worker*.log")]
        return {path.name: path.read_text() for path in paths}

    def is_archive_begun(self, username: str) -> bool:
        """Whether a worker has begun with the archive of this person.

        Others ask for theirs at the same time, so the newest one may always be waiting.
        """
        sql = (
            "SELECT task.attempts > 0 FROM task JOIN export ON export.task_id = task.id"
            ' JOIN "user" ON "user".id = export.user_id WHERE username = :name'
        )
        return any(began for (began,) in self.rows(sql, name=username))

    def _busy_worker(self) -> str:
        """The one that makes an archive just now, if there is one."""
        sql = "SELECT leased_by FROM task WHERE name = 'export_posts' AND leased_by IS NOT NULL"
        # Host, process and something random.
        pids = [int(worker_id.split(":")[1]) for (worker_id,) in self.rows(sql)]
        busy = [name for name, process in self.workers.items() if process.pid in pids]
        return (busy or list(self.workers))[0]

    def _web_processes(self) -> list[int]:
        master = self.web.process.pid
        return [*map(int, Path(f"/proc/{master}/task/{master}/children").read_text().split())]


@contextmanager
def open_stage(folder: Path) -> Iterator[Stage]:
    """All parts, running while the block does, and gone afterwards whatever state they are in."""
    with ExitStack() as stack:
        elasticsearch = stack.enter_context(run_elasticsearch())
        postgresql = stack.enter_context(run_postgresql())
        redis = RedisServer(redis_program(), folder)
        stack.callback(redis.stop)
        redis.start()
        (folder / "mails").mkdir()
        mail = MailServer(folder / "mails")
        stack.callback(mail.kill)
        mail.start()
        settings = {
            "REDIS_URL": redis.url,
            "ELASTICSEARCH_URL": elasticsearch.url,
            "MAIL_SERVER": "127.0.0.1",
            "MAIL_PORT": str(mail.port),
            "JOB_LEASE_SECONDS": str(LEASE_SECONDS),
            # Everybody comes from an address of their own, as they do.
            "PROXY_HOPS": "1",
            "RATELIMIT_ENABLED": "1",
            "LOG_FORMAT": "json",
        }
        web = stack.enter_context(serve(postgresql.new_database(), folder, **settings))
        stage = Stage(folder, postgresql, redis, elasticsearch, mail, web)
        stack.callback(stage.end_workers)
        yield stage
