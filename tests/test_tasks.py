"""The jobs themselves, from the row to what it brings about."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_mail import Message, email_dispatched
from time_machine import travel

from app import outbox
from app.backends.jobs import Job, JobError, get_jobs
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Task, User
from app.services.accounts import passwords
from app.services.messages import mails
from app.services.site import jobs
from app.tasks import (
    PERIODIC,
    TASKS,
    mail_password_reset,
    purge_tasks,
    queue_digests,
    send_mail,
)
from tests.support.factories import make_post
from tests.support.notifying import choose


def claimed() -> Job:
    job = get_jobs().claim("test")
    db.session.commit()
    assert job is not None
    return job


def outbox_of(app: Flask) -> list[Path]:
    return list((Path(app.instance_path) / "outbox").glob("*.eml"))


@pytest.fixture(autouse=True)
def own_instance(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "instance_path", str(tmp_path))


def test_every_periodic_job_exists() -> None:
    assert set(PERIODIC) <= set(TASKS)


def test_a_queued_mail_is_sent(app: Flask, ana: User) -> None:
    mails.queue("password_changed", ana)
    send_mail(claimed())
    assert len(outbox_of(app)) == 1


def test_no_transaction_stays_open_while_a_mail_is_sent(app: Flask, ana: User) -> None:
    open_transactions = []

    def look(_app: Flask, message: Message) -> None:
        open_transactions.append(db.session().in_transaction())

    mails.queue("password_changed", ana)
    with email_dispatched.connected_to(look):
        send_mail(claimed())
    assert open_transactions == [False]


def test_a_mail_with_a_line_break_in_a_header_fails_for_good(app: Flask, ana: User) -> None:
    mails.queue("password_changed", ana, to="ana@example.com\r\nBcc: eve@example.com")
    with pytest.raises(JobError, match="line break") as caught:
        send_mail(claimed())
    assert caught.value.is_permanent
    assert outbox_of(app) == []


def test_a_mail_to_somebody_gone_is_done(app: Flask, ana: User) -> None:
    mails.queue("password_changed", ana)
    job = claimed()
    job.payload["user_id"] = 0
    send_mail(job)
    assert outbox_of(app) == []


def test_a_mail_server_that_is_away_fails_the_job_for_now(
    app: Flask, ana: User, tmp_path: Path
) -> None:
    (tmp_path / "outbox").write_text("not a folder")
    mails.queue("password_changed", ana)
    with pytest.raises(JobError) as caught:
        send_mail(claimed())
    assert not caught.value.is_permanent


def test_a_forgotten_password_brings_one_mail_to_its_owner(app: Flask, ana: User) -> None:
    passwords.request_reset("Ana@Example.com")
    mail_password_reset(claimed())
    send_mail(claimed())
    (path,) = outbox_of(app)
    assert "reset_password." in path.name


def test_a_worker_killed_after_mailing_a_link_leaves_no_second_one(app: Flask, ana: User) -> None:
    passwords.request_reset(ana.email)
    mail_password_reset(claimed())
    # What it would have done next never happens; its lease passes.
    db.session.execute(sa.update(Task).values(available_at=utcnow()))
    assert claimed().name == "send_mail"
    assert get_jobs().claim("test") is None


def test_a_worker_that_was_too_slow_mails_no_link(app: Flask, ana: User) -> None:
    passwords.request_reset(ana.email)
    late = claimed()
    db.session.execute(sa.update(Task).values(available_at=utcnow()))
    claimed()
    with pytest.raises(JobError):
        mail_password_reset(late)
    db.session.rollback()
    assert db.session.scalars(sa.select(Task.name)).all() == ["mail_password_reset"]


def test_a_forgotten_password_of_nobody_brings_no_mail(app: Flask) -> None:
    passwords.request_reset("nobody@example.com")
    job = claimed()
    mail_password_reset(job)
    assert get_jobs().finish(job)
    assert get_jobs().claim("test") is None


def test_a_notification_by_email_is_sent_once_it_is_due(app: Flask, ana: User, ben: User) -> None:
    app.config["MAIL_SERVER"] = "mail.example"
    choose(ana, "mail", "mention")
    make_post(ben, "Morning, @ana!")
    assert get_jobs().claim("test") is None
    with travel(utcnow() + timedelta(minutes=3)):
        job = claimed()
        TASKS[job.name](job)
    (path,) = outbox_of(app)
    assert "notification." in path.name
    assert "Morning, @ana!" in path.read_text()


def test_a_digest_is_queued_and_sent(app: Flask, ana: User, ben: User) -> None:
    app.config["MAIL_SERVER"] = "mail.example"
    choose(ana, "digest", "mention")
    make_post(ben, "Morning, @ana!")
    # At an hour when one may be due, whenever this runs.
    with travel((utcnow() + timedelta(days=2)).replace(hour=23)):
        queue_digests(Job(0, "queue_digests", {}, None, 1, "test"))
        job = claimed()
        TASKS[job.name](job)
        assert get_jobs().claim("test") is None
        # A worker that was killed before it said so sends the same email again.
        TASKS[job.name](job)
    first, second = outbox_of(app)
    assert "digest." in first.name
    assert first.name.partition("-")[2] == second.name.partition("-")[2]


def test_finished_jobs_are_forgotten_after_a_week(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "PURGE_BATCH", 2)
    ids = [outbox.put("old", {}) for _ in range(5)]
    recent = outbox.put("recent", {})
    dead_letter = outbox.put("set aside", {})
    finish = sa.update(Task).where(Task.id.in_(ids))
    db.session.execute(finish.values(finished_at=utcnow() - timedelta(days=7, minutes=1)))
    nearly = utcnow() - timedelta(days=6, hours=23)
    db.session.execute(sa.update(Task).where(Task.id == recent).values(finished_at=nearly))
    long_ago = utcnow() - timedelta(days=60)
    db.session.execute(sa.update(Task).where(Task.id == dead_letter).values(failed_at=long_ago))
    purge_tasks(Job(0, "purge_tasks", {}, None, 1, "test"))
    assert set(db.session.scalars(sa.select(Task.id))) == {recent, dead_letter}
