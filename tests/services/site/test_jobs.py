"""Deferred work as the operator sees it: what waits, what failed for good, what is forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app import db
from app.database.cursor import Cursor
from app.lib.dates import utcnow
from app.models import Task
from app.services.site import jobs
from app.services.site.audit import COMMAND_LINE
from app.services.site.jobs import Backlog
from tests.support.pages import counted_statements

HOUR = timedelta(hours=1)


def add(name: str = "purge", **values: Any) -> Task:
    task = Task(name=name, payload={}, **values)
    db.session.add(task)
    db.session.flush()
    return task


def test_dead_letters_come_first_and_the_rest_in_the_order_it_is_due(app):
    now = utcnow()
    later, soon = add(available_at=now + HOUR), add(available_at=now)
    dead = add(failed_at=now, available_at=now + 2 * HOUR)
    add(finished_at=now)
    assert jobs.unfinished() == [dead, soon, later]
    assert jobs.unfinished(only_failed=True) == [dead]


def test_the_backlog_is_one_statement_over_what_a_worker_may_still_do(app):
    assert jobs.backlog() == Backlog(0, None, 0, None, 0)
    now = utcnow()
    add("send_mail", created_at=now - 2 * HOUR, available_at=now + HOUR)
    add("send_alert", created_at=now - HOUR, available_at=now - HOUR)
    add(key="purge", available_at=now + HOUR)
    add(available_at=now - 3 * HOUR)
    for end in ({"finished_at": now}, {"failed_at": now}):
        add("send_mail", created_at=now - 9 * HOUR, available_at=now - 9 * HOUR, **end)
    with counted_statements() as ran:
        found = jobs.backlog()
    assert found == Backlog(2, now - 3 * HOUR, 2, now - 2 * HOUR, 1)
    assert len(ran) == 1


def test_a_dead_letter_is_retried_as_if_it_were_new(app):
    failed = {"failed_at": utcnow(), "available_at": utcnow() + HOUR, "attempts": 12}
    first, second, third = (add(**failed, last_error="no route") for _ in range(3))
    assert jobs.dead_letter_count() == 3
    assert jobs.retry(COMMAND_LINE, second.id) == 1
    db.session.refresh(second)
    assert (second.failed_at, second.attempts, second.last_error) == (None, 0, "")
    assert second.available_at <= utcnow()
    assert jobs.unfinished(only_failed=True) == [first, third]
    assert jobs.retry(COMMAND_LINE) == 2
    assert jobs.dead_letter_count() == jobs.retry(COMMAND_LINE) == 0


def test_only_dead_letters_are_retried(app):
    running = add(attempts=2, leased_by="worker 1", available_at=utcnow() + HOUR)
    finished = add(finished_at=utcnow(), attempts=1)
    assert (
        jobs.retry(COMMAND_LINE, running.id)
        == jobs.retry(COMMAND_LINE, finished.id)
        == jobs.retry(COMMAND_LINE, 10**9)
        == 0
    )
    assert jobs.retry(COMMAND_LINE) == 0
    db.session.expire_all()
    assert (running.attempts, running.leased_by, finished.attempts) == (2, "worker 1", 1)


def test_finished_jobs_are_forgotten_after_seven_days_in_batches(app, monkeypatch):
    monkeypatch.setattr(jobs, "PURGE_BATCH", 2)
    limit = utcnow() - jobs.FINISHED_JOB_RETENTION
    for _ in range(3):
        add(finished_at=limit - timedelta(seconds=1))
    kept = [
        add(finished_at=limit + timedelta(minutes=1)),
        add(failed_at=limit - 9 * HOUR),
        add(created_at=limit - 9 * HOUR),
    ]
    assert [jobs.purge() for _ in range(3)] == [2, 1, 0]
    rows = db.session.scalars(sa.select(Task).order_by(Task.id)).all()
    assert rows == kept


def test_pages_show_dead_letters_or_the_rest_newest_first_without_what_they_hold(app):
    first, second = (add(failed_at=utcnow()) for _ in range(2))
    mail = add("send_mail", failed_at=utcnow())
    waiting = add()
    add(finished_at=utcnow())
    db.session.flush()
    db.session.expunge_all()
    with counted_statements() as ran:
        found = jobs.page(Cursor(9), are_failed=True)
        assert [task.id for task in found] == [mail.id, second.id, first.id]
    assert not any("payload" in statement for statement in ran)
    assert [task.id for task in jobs.page(Cursor(9), are_failed=True, name="send_mail")] == [
        mail.id
    ]
    assert [task.id for task in jobs.page(Cursor(1, mail.id), are_failed=True)] == [second.id]
    assert [task.id for task in jobs.page(Cursor(9), are_failed=False)] == [waiting.id]
    assert sorted(jobs.failed_by_name()) == [("purge", 2), ("send_mail", 1)]


def test_only_dead_letters_are_dropped(app):
    dead, other, running = add(failed_at=utcnow()), add("send_mail", failed_at=utcnow()), add()
    assert jobs.drop(COMMAND_LINE, running.id) == 0
    assert jobs.drop(COMMAND_LINE, name="send_mail") == 1
    assert jobs.drop(COMMAND_LINE) == 1
    db.session.expire_all()
    assert db.session.scalars(sa.select(Task)).all() == [running]
    assert db.session.get(Task, dead.id) is db.session.get(Task, other.id) is None
