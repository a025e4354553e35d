"""Workers as processes of their own, with a real mail server: kills, crowds and failures."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

import config
from app.extensions import db
from app.models import Task, User
from app.services import mails
from tests.backends.conftest import Postbox, Serve

pytestmark = pytest.mark.slow

DEADLINE_SECONDS = 30


class SlowPostbox(Postbox):
    """Holds every mail back until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.has_begun = threading.Event()
        self.is_released = threading.Event()

    async def handle_DATA(self, *words: Any) -> str:  # noqa: N802
        self.has_begun.set()
        # In a thread, so that the server still hears the others, and its client's end.
        await asyncio.to_thread(self.is_released.wait, DEADLINE_SECONDS)
        return await super().handle_DATA(*words)


class Site:
    """The settings that a test shares with the workers it starts."""

    def __init__(self, app: Flask, stack: ExitStack) -> None:
        self.stack = stack
        self.environ = os.environ | {
            "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
            "SECRET_KEY": app.config["SECRET_KEY"],
            "MAIL_SERVER": "127.0.0.1",
            "JOB_LEASE_SECONDS": "1",
            "EXPORT_FOLDER": str(app.config["EXPORT_FOLDER"]),
        }

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        # What the test has read or written must not hold the lock while the workers work.
        db.session.commit()
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "microblog", "worker", *words],
            cwd=config.ROOT,
            env=self.environ,
            stdout=subprocess.DEVNULL,
        )
        self.stack.callback(process.wait, DEADLINE_SECONDS)
        self.stack.callback(process.kill)
        return process

    def drain(self) -> None:
        assert self.start("--drain").wait(DEADLINE_SECONDS) == 0


@pytest.fixture
def site(app: Flask) -> Iterator[Site]:
    with ExitStack() as stack:
        yield Site(app, stack)


def wait_until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def mail_task() -> Task:
    task = db.session.scalars(sa.select(Task).where(Task.name == "send_mail")).one()
    # Not a moment longer than needed: the workers want to write.
    db.session.commit()
    db.session.refresh(task)
    db.session.commit()
    return task


def is_sent() -> bool:
    return mail_task().finished_at is not None


def make_due() -> None:
    db.session.execute(sa.update(Task).values(available_at=Task.created_at))
    db.session.commit()


def names(box: Postbox) -> list[str]:
    return [str(mail["Message-ID"]) for mail in box.mails]


def test_a_mail_survives_the_kill_of_its_worker(site: Site, serve: Serve, ana: User) -> None:
    box = SlowPostbox()
    site.environ["MAIL_PORT"] = str(serve(box))
    mails.queue("password_changed", ana)
    worker = site.start()
    assert box.has_begun.wait(DEADLINE_SECONDS)
    worker.kill()
    assert worker.wait(DEADLINE_SECONDS) == -signal.SIGKILL
    assert not is_sent()

    box.is_released.set()
    site.start()
    wait_until(is_sent)
    assert 1 <= len(box.mails) <= 2
    assert len(set(names(box))) == 1
    assert mail_task().attempts == 2


def test_a_worker_told_to_stop_sends_the_mail_at_hand(site: Site, serve: Serve, ana: User) -> None:
    box = SlowPostbox()
    site.environ |= {"MAIL_PORT": str(serve(box)), "JOB_LEASE_SECONDS": "60"}
    mails.queue("password_changed", ana)
    worker = site.start()
    assert box.has_begun.wait(DEADLINE_SECONDS)
    worker.terminate()
    box.is_released.set()
    assert worker.wait(DEADLINE_SECONDS) == 0
    assert len(box.mails) == 1
    assert is_sent()


def test_two_workers_do_each_job_once(site: Site, serve: Serve, box: Postbox, ana: User) -> None:
    site.environ |= {"MAIL_PORT": str(serve(box)), "JOB_LEASE_SECONDS": "60"}
    for _ in range(30):
        mails.queue("password_changed", ana)
    workers = [site.start("--drain") for _ in range(2)]
    assert [worker.wait(DEADLINE_SECONDS) for worker in workers] == [0, 0]
    assert len(box.mails) == len(set(names(box))) == 30
    left = sa.select(sa.func.count()).where(Task.finished_at.is_(None), Task.key.is_(None))
    assert db.session.scalar(left) == 0


def test_a_mail_waits_for_its_server_to_come_back(
    site: Site, serve: Serve, free_port: int, box: Postbox, ana: User
) -> None:
    site.environ["MAIL_PORT"] = str(free_port)
    mails.queue("password_changed", ana)
    site.drain()
    assert "refused" in mail_task().last_error
    assert mail_task().failed_at is None

    serve(box)
    make_due()
    site.drain()
    assert len(box.mails) == 1
    assert is_sent()


def test_a_refused_recipient_is_set_aside_and_can_be_retried(
    site: Site, serve: Serve, box: Postbox, ana: User
) -> None:
    box.rcpt_answer = "550 <ana@example.com> is unknown here"
    site.environ["MAIL_PORT"] = str(serve(box))
    mails.queue("password_changed", ana)
    site.drain()
    task = mail_task()
    assert (task.failed_at is None, task.attempts) == (False, 1)
    assert task.last_error == "550 … is unknown here"

    box.rcpt_answer = "250 OK"
    retry = ["-m", "flask", "--app", "microblog", "jobs", "retry", str(task.id)]
    subprocess.run([sys.executable, *retry], cwd=config.ROOT, env=site.environ, check=True)
    site.drain()
    assert len(box.mails) == 1


def test_what_was_rolled_back_is_not_sent(
    site: Site, serve: Serve, box: Postbox, ana: User
) -> None:
    site.environ["MAIL_PORT"] = str(serve(box))
    mails.queue("password_changed", ana)
    db.session.rollback()
    site.drain()
    assert box.mails == []
