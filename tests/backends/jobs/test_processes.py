"""Workers as processes of their own, with a real mail server: kills, crowds and failures."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
import sqlalchemy as sa

import config
from app.extensions import db
from app.models import Task, User
from app.services.messages import mails
from tests.backends.conftest import Postbox, Serve
from tests.backends.jobs.conftest import DEADLINE_SECONDS, Site, SlowPostbox, wait_until
from tests.support.factories import make_user

pytestmark = [pytest.mark.server, pytest.mark.slow]


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


def test_a_mail_survives_the_kill_of_its_worker(any_site: Site, serve: Serve, ana: User) -> None:
    box = SlowPostbox()
    any_site.environ["MAIL_PORT"] = str(serve(box))
    mails.queue("password_changed", ana)
    worker = any_site.start()
    assert box.has_begun.wait(DEADLINE_SECONDS)
    worker.kill()
    assert worker.wait(DEADLINE_SECONDS) == -signal.SIGKILL
    assert not is_sent()

    box.is_released.set()
    any_site.start()
    wait_until(is_sent)
    assert 1 <= len(box.mails) <= 2
    assert len(set(names(box))) == 1
    assert mail_task().attempts == 2


def test_a_worker_told_to_stop_sends_the_mail_at_hand(
    any_site: Site, serve: Serve, ana: User
) -> None:
    box = SlowPostbox()
    any_site.environ |= {"MAIL_PORT": str(serve(box)), "JOB_LEASE_SECONDS": "60"}
    mails.queue("password_changed", ana)
    worker = any_site.start()
    assert box.has_begun.wait(DEADLINE_SECONDS)
    worker.terminate()
    box.is_released.set()
    assert worker.wait(DEADLINE_SECONDS) == 0
    assert len(box.mails) == 1
    assert is_sent()


def test_two_workers_do_each_job_once(any_site: Site, serve: Serve, box: Postbox) -> None:
    any_site.environ |= {"MAIL_PORT": str(serve(box)), "JOB_LEASE_SECONDS": "60"}
    # Not to one, who would get no more than a few a day.
    for _ in range(30):
        mails.queue("password_changed", make_user())
    workers = [any_site.start("--drain") for _ in range(2)]
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
