"""`flask jobs`: what the owner sees, and can have tried again."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from app import outbox
from app.extensions import db
from app.lib.dates import utcnow
from app.models import AuditEntry, Task


def jobs(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["jobs", *words])


def dead_letter(name: str = "send_mail") -> int:
    task_id = outbox.put(name, {})
    values = {"failed_at": utcnow(), "attempts": 8, "last_error": "550 no such person"}
    db.session.execute(sa.update(Task).where(Task.id == task_id).values(values))
    db.session.commit()
    return task_id


@pytest.fixture
def four(app: Flask) -> dict[str, int]:
    """One job in each state that is not the end."""
    ids = {"failed": dead_letter(), "due": outbox.put("due_job", {})}
    ids["waiting"] = outbox.put("waiting_job", {}, delay=timedelta(hours=1))
    ids["running"] = outbox.put("running_job", {}, delay=timedelta(minutes=1))
    done = outbox.put("done_job", {})
    running = sa.update(Task).where(Task.id == ids["running"])
    db.session.execute(running.values(leased_by="one", attempts=1))
    db.session.execute(sa.update(Task).where(Task.id == done).values(finished_at=utcnow()))
    db.session.commit()
    return ids


def test_the_table_shows_what_is_not_done(app: Flask, four: dict[str, int]) -> None:
    result = jobs(app, "list")
    assert result.exit_code == 0
    head, *rows = result.output.splitlines()
    assert head.split() == ["ID", "NAME", "STATE", "AT", "ATTEMPTS", "ERROR"]
    assert {row.split()[2] for row in rows} == set(four)
    assert rows[0].endswith("8         550 no such person")
    assert "done_job" not in result.output


def test_json_is_for_programs(app: Flask, four: dict[str, int]) -> None:
    rows = json.loads(jobs(app, "list", "--json").output)
    assert {row["state"]: row["id"] for row in rows} == four


def test_failed_shows_only_what_was_a_dead_letter(app: Flask, four: dict[str, int]) -> None:
    rows = json.loads(jobs(app, "list", "--failed", "--json").output)
    assert [row["id"] for row in rows] == [four["failed"]]


@pytest.mark.parametrize("words", [["list"], ["list", "--failed"]])
def test_an_empty_list_says_so(app: Flask, words: list[str]) -> None:
    assert jobs(app, *words).output.startswith("No job ")


def test_a_job_dead_letter_can_be_retried(app: Flask) -> None:
    task_id = dead_letter()
    result = jobs(app, "retry", str(task_id))
    assert (result.exit_code, result.output) == (0, "1 to be retried.\n")
    db.session.expire_all()
    task = db.session.get_one(Task, task_id)
    assert (task.failed_at, task.attempts, task.last_error) == (None, 0, "")
    assert task.available_at <= utcnow()


def test_all_can_be_retried_at_once(app: Flask) -> None:
    dead_letter()
    dead_letter()
    assert jobs(app, "retry", "--all").output == "2 to be retried.\n"
    assert jobs(app, "retry", "--all").output == "0 to be retried.\n"


def test_what_was_not_a_dead_letter_cannot_be_retried(app: Flask, four: dict[str, int]) -> None:
    result = jobs(app, "retry", str(four["due"]))
    assert result.exit_code == 1
    assert "There is no failed job" in result.output


@pytest.mark.parametrize("command", ["retry", "drop"])
@pytest.mark.parametrize("words", [[], ["1", "--all"], ["--kind", "send_mail", "--all"]])
def test_one_job_a_kind_or_all_are_chosen(app: Flask, command: str, words: list[str]) -> None:
    assert jobs(app, command, *words).exit_code == 2


def test_a_kind_can_be_retried(app: Flask) -> None:
    dead_letter()
    dead_letter("export_posts")
    assert jobs(app, "retry", "--kind", "send_mail").output == "1 to be retried.\n"
    assert recorded() == [("retry_jobs", None, "send_mail × 1")]


def test_dead_letters_can_be_dropped(app: Flask, four: dict[str, int]) -> None:
    assert jobs(app, "drop", str(four["due"])).exit_code == 1
    assert jobs(app, "drop", str(four["failed"])).output == "1 dropped.\n"
    dead_letter()
    assert jobs(app, "drop", "--all").output == "1 dropped.\n"
    assert recorded() == [
        ("drop_jobs", None, f"send_mail #{four['failed']}"),
        ("drop_jobs", None, "× 1"),
    ]
    assert set(db.session.scalars(sa.select(Task.id))) >= {four["due"], four["waiting"]}


def recorded() -> list[tuple[str, int | None, str]]:
    """Entries of the audit log: what, who, of which jobs."""
    rows = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))
    return [(row.action, row.actor_id, row.target) for row in rows]
