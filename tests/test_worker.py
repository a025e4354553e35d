"""`flask worker` from inside: what it runs, notes, says, and how it stops."""

from __future__ import annotations

import logging
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask, has_app_context

from app import create_app, outbox
from app.backends.jobs import Job, JobError, get_jobs
from app.extensions import db
from app.models import Task, User
from app.services.messages import mails
from app.tasks import PERIODIC, TASKS

DEADLINE_SECONDS = 20


def worker(app: Flask, *words: str) -> Result:
    # What the test has read or written must not hold the lock while the worker works.
    if has_app_context():
        db.session.commit()
    return app.test_cli_runner().invoke(args=["worker", *words])


def row_of(task_id: int) -> Task:
    db.session.expire_all()
    return db.session.get_one(Task, task_id)


def put(name: str, **payload: str) -> int:
    task_id = outbox.put(name, payload)
    db.session.commit()
    return task_id


def wait_until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def work_until(
    is_true: Callable[[], bool], app: Flask, number: signal.Signals = signal.SIGTERM
) -> None:
    """Run the worker, which is to end in peace by a signal that comes once `is_true`."""
    is_over = threading.Event()

    def watch() -> None:
        try:
            wait_until(lambda: is_over.is_set() or is_true())
        finally:
            if not is_over.is_set():
                os.kill(os.getpid(), number)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        assert worker(app).exit_code == 0
    finally:
        is_over.set()
        thread.join()


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words of the `greet` jobs that ran; `fail` and `refuse` jobs raise."""
    words: list[str] = []

    def greet(job: Job) -> None:
        words.append(job.payload["word"])

    def fail(_job: Job) -> None:
        raise ValueError("the password is hunter2")

    def refuse(_job: Job) -> None:
        raise JobError("nobody lives there", is_permanent=True)

    for task in (greet, fail, refuse):
        monkeypatch.setitem(TASKS, task.__name__, task)
    return words


def test_draining_runs_what_is_due_and_ends(app: Flask, ran: list[str]) -> None:
    ids = [put("greet", word=word) for word in ("one", "two")]
    outbox.put("greet", {"word": "later"}, delay=timedelta(hours=1))
    db.session.commit()
    result = worker(app, "--drain")
    assert result.exit_code == 0, result.output
    assert ran == ["one", "two"]
    assert all(row_of(task_id).finished_at for task_id in ids)


def test_once_runs_one_job(app: Flask, ran: list[str]) -> None:
    put("greet", word="one")
    put("greet", word="two")
    assert worker(app, "--once").exit_code == 0
    assert ran == ["one"]


def test_what_was_rolled_back_never_runs(app: Flask, ana: User, ran: list[str]) -> None:
    mails.queue("password_changed", ana)
    outbox.put("greet", {"word": "never"})
    db.session.rollback()
    assert worker(app, "--drain").exit_code == 0
    assert ran == []
    assert db.session.scalars(sa.select(Task).where(Task.key.is_(None))).all() == []


def test_a_failing_job_is_noted_without_its_words_and_the_next_one_runs(
    app: Flask, ran: list[str]
) -> None:
    failing = put("fail")
    put("greet", word="next")
    assert worker(app, "--drain").exit_code == 0
    assert ran == ["next"]
    task = row_of(failing)
    assert task.last_error.startswith("ValueError at tests/test_worker.py:")
    assert "hunter2" not in task.last_error
    assert task.failed_at is None


def test_a_hopeless_job_is_set_aside_with_its_reason(app: Flask, ran: list[str]) -> None:
    task_id = put("refuse")
    worker(app, "--drain")
    assert row_of(task_id).failed_at is not None
    assert row_of(task_id).last_error == "nobody lives there"


def test_a_job_nobody_knows_fails_by_name(app: Flask, ran: list[str]) -> None:
    task_id = put("dance")
    put("greet", word="next")
    worker(app, "--drain")
    assert row_of(task_id).last_error == "There is no job named dance."
    assert ran == ["next"]


def test_one_jobs_session_is_not_the_next_ones(
    app: Flask, ana: User, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(_job: Job) -> None:
        user = db.session.get_one(User, ana.id)
        user.about_me = "never committed"
        db.session.flush()

    monkeypatch.setitem(TASKS, "change", change)
    put("change")
    put("greet", word="next")
    worker(app, "--drain")
    db.session.expire_all()
    assert db.session.get_one(User, ana.id).about_me == ""


def test_a_job_that_outlives_its_lease_is_noticed(
    app: Flask, heard: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(job: Job) -> None:
        db.session.execute(sa.update(Task).where(Task.id == job.id).values(leased_by="two"))
        db.session.commit()

    monkeypatch.setitem(TASKS, "slow", slow)
    task_id = put("slow")
    worker(app, "--drain")
    assert row_of(task_id).finished_at is None
    assert "outlived its lease" in heard.text


def test_a_long_job_can_keep_its_lease(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def long(job: Job) -> None:
        now = sa.update(Task).where(Task.id == job.id).values(available_at=Task.created_at)
        db.session.execute(now)
        assert get_jobs().renew_lease(job)
        assert get_jobs().claim("two") is None
        db.session.commit()

    monkeypatch.setitem(TASKS, "long", long)
    task_id = put("long")
    worker(app, "--drain")
    assert row_of(task_id).finished_at is not None


def test_periodic_jobs_are_armed_and_come_again(app: Flask) -> None:
    worker(app, "--drain")
    due = sa.update(Task).where(Task.key == "purge_tasks")
    db.session.execute(due.values(available_at=Task.created_at))
    db.session.commit()
    before = db.session.scalars(sa.select(Task.available_at)).all()
    worker(app, "--drain")
    rows = db.session.scalars(sa.select(Task)).all()
    assert sorted(task.name for task in rows) == sorted(PERIODIC)
    tidied = next(task for task in rows if task.key == "purge_tasks")
    assert tidied.finished_at is None
    assert tidied.available_at - min(before) > timedelta(minutes=59)


def test_one_set_aside_and_retried_runs_once_more_only(app: Flask) -> None:
    task_id = put("purge_tasks")
    worker(app, "--drain")
    assert row_of(task_id).finished_at is not None


@pytest.fixture
def heard(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> Iterator[pytest.LogCaptureFixture]:
    """What the worker logs; the app's log does not reach the root, where caplog listens."""
    loggers = [logging.getLogger(name) for name in ("app.worker", "app.events")]
    for logger in loggers:
        monkeypatch.setattr(logger, "propagate", False)
        logger.setLevel(logging.INFO)
        logger.addHandler(caplog.handler)
    yield caplog
    for logger in loggers:
        logger.setLevel(logging.NOTSET)
        logger.removeHandler(caplog.handler)


@pytest.fixture
def far(tmp_path: Path) -> Flask:
    """An app whose database cannot be reached: its folder is not there yet."""
    url = f"sqlite:///{tmp_path}/far/app.db"
    return create_app({"DATABASE_URL": url, "SECRET_KEY": "k" * 32}, tmp_path / "instance")


@pytest.mark.parametrize("flag", ["--once", "--drain"])
def test_without_a_database_the_impatient_say_so(far: Flask, flag: str) -> None:
    result = worker(far, flag)
    assert result.exit_code == 1
    assert "The database cannot be used: unable to open database file" in result.output


def test_the_worker_waits_for_the_database_and_goes_on(
    far: Flask, tmp_path: Path, heard: pytest.LogCaptureFixture, ran: list[str]
) -> None:
    def is_done() -> bool:
        if "next try" not in heard.text:
            return False
        if not (tmp_path / "far").exists():
            (tmp_path / "near").mkdir()
            url = f"sqlite:///{tmp_path}/near/app.db"
            near = create_app({"DATABASE_URL": url, "SECRET_KEY": "k" * 32}, tmp_path / "instance")
            with near.app_context():
                db.create_all()
                put("greet", word="at last")
                db.engine.dispose()
            (tmp_path / "near").rename(tmp_path / "far")
        return ran == ["at last"]

    work_until(is_done, far)
    events = ["sys_startup process=worker", "dependency_up dependency=database"]
    noted = [record.message for record in heard.records if record.name == "app.events"]
    assert noted == [*events, "sys_shutdown process=worker"]
    with sqlite3.connect(tmp_path / "far" / "app.db") as connection:
        finished = connection.execute("SELECT finished_at FROM task WHERE name = 'greet'")
        assert finished.fetchone()[0] is not None
    connection.close()


def test_waiting_for_the_database_can_be_stopped(
    far: Flask, heard: pytest.LogCaptureFixture
) -> None:
    work_until(lambda: "next try" in heard.text, far)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_an_idle_worker_at_once(
    app: Flask, ran: list[str], number: signal.Signals
) -> None:
    before = signal.getsignal(number)
    put("greet", word="hello")
    work_until(lambda: ran == ["hello"], app, number)
    assert signal.getsignal(number) is before


def test_a_signal_in_the_middle_lets_the_job_finish(
    app: Flask, monkeypatch: pytest.MonkeyPatch, ran: list[str]
) -> None:
    def stopping(_job: Job) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setitem(TASKS, "stopping", stopping)
    first = put("stopping")
    put("greet", word="next")
    assert worker(app).exit_code == 0
    assert row_of(first).finished_at is not None
    assert ran == []
