"""Health checks one by one; what `/readyz` makes of them is tested where it is served."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from app import db, outbox
from app.lib.dates import utcnow
from app.models import Task
from app.services.site import health
from app.services.site.health import CheckResult, Status, broken, ok, warning
from tests.support.factories import make_passkey, make_post


def late(name: str, age: timedelta) -> None:
    """A job of this kind that has waited for so long."""
    row = sa.update(Task).where(Task.id == outbox.put(name, {}))
    db.session.execute(row.values(created_at=utcnow() - age, available_at=utcnow() - age))


def plan_rounds() -> None:
    """A worker has run: its next round is planned."""
    later = utcnow() + timedelta(hours=1)
    db.session.add(Task(name="purge", key="purge", payload={}, available_at=later))
    db.session.flush()


def test_the_worst_state_counts_and_nothing_to_report_is_fine():
    fine, poor, bad = ok("a", ""), warning("b", ""), broken("c", "")
    assert health.worst([]) == health.worst([fine, fine]) == Status.OK
    assert health.worst([poor, fine]) == Status.WARNING
    assert health.worst([poor, bad, fine]) == Status.BROKEN


def test_an_error_of_the_database_is_a_result_of_one_line_and_ends_the_transaction(app):
    def table() -> CheckResult:
        db.session.execute(sa.text("SELECT 1 FROM nowhere"))
        raise AssertionError

    result = health.run_check(table)
    assert (result.name, result.state) == ("table", Status.BROKEN)
    assert "nowhere" in result.text
    assert "\n" not in result.text
    assert not db.session().in_transaction()
    assert health.run_check(health.database).state == Status.OK


def test_any_other_error_is_a_fault_of_ours_and_is_raised(app):
    def check() -> CheckResult:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        health.run_check(check)


@pytest.mark.parametrize("check", health.ALL)
def test_every_check_is_named_like_its_function_and_finds_no_fault_in_a_new_site(app, check):
    plan_rounds()
    result = check()
    assert (result.name, result.state) == (check.__name__, Status.OK), result.text


def test_a_job_is_overdue_after_two_minutes(app):
    plan_rounds()
    late("purge_tasks", health.JOB_DELAY_MAX - timedelta(seconds=10))
    assert health.queue().state == Status.OK
    late("purge_tasks", health.JOB_DELAY_MAX + timedelta(seconds=10))
    assert health.queue() == warning(
        "queue", "2 due, the first for 2 min: is `flask worker` running?"
    )


def test_mails_are_late_after_ten_minutes_and_other_jobs_are_no_mails(app):
    late("purge_tasks", timedelta(hours=1))
    late("send_mail", health.MAIL_DELAY_MAX - timedelta(seconds=10))
    assert health.mail_backlog() == ok("mail_backlog", "1 waiting")
    late("send_alert", health.MAIL_DELAY_MAX + timedelta(seconds=10))
    assert health.mail_backlog().state == Status.WARNING


def test_dead_letters_are_counted(app):
    late("send_mail", timedelta(hours=1))
    db.session.execute(sa.update(Task).values(failed_at=utcnow()))
    result = health.dead_letters()
    assert (result.state, result.text[:1]) == (Status.WARNING, "1")
    # They are somebody's decision, and no backlog.
    assert health.mail_backlog().text == "0 waiting"


def test_a_clock_behind_the_newest_post_is_wrong(ana):
    make_post(ana, created_at=utcnow() + health.CLOCK_SKEW_MAX - timedelta(seconds=1))
    assert health.clock().state == Status.OK
    make_post(ana, created_at=utcnow() + timedelta(minutes=3, seconds=1))
    assert health.clock() == warning("clock", "it is 3 min behind the newest post")


def test_little_space_on_the_disk_is_a_warning(app, monkeypatch):
    free = shutil.disk_usage(app.instance_path).free
    monkeypatch.setattr(health, "DISK_FREE_MIN_BYTES", 2 * free)
    assert health.disk().state == Status.WARNING


def test_a_database_that_is_away_is_broken(app, tmp_path):
    url = f"sqlite:///{tmp_path}/nowhere/app.db"

    def database() -> CheckResult:
        engine = sa.create_engine(url)
        with engine.connect():
            return ok("database", "answers")

    with pytest.raises(OperationalError):
        database()
    assert health.run_check(database) == broken("database", "unable to open database file")


def test_passkeys_of_another_host_are_noticed(app, ana):
    make_passkey(ana)
    assert health.passkey_hosts() == ok("passkey_hosts", "all belong to localhost")
    app.config["BASE_URL"] = "https://example.org"
    found = health.passkey_hosts()
    assert found.state == Status.WARNING
    assert found.text.startswith("1 of another host than example.org")
