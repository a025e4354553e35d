"""When something breaks, the owners get a mail: one, and after the answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from app import db, outbox
from app.lib.dates import utcnow
from app.models import Task
from app.services.site import alerts
from app.tasks import TASKS
from app.web.view_options import public
from tests.support.mailbox import delivered
from tests.support.sites import open_sqlite_site

OWNERS = ["ana@example.com", "ben@example.com"]
SECRET = "hunter2-in-an-error"
CALM = {"MAIL_SERVER": "mail.example.com", "ADMINS": ",".join(OWNERS)}


def break_here() -> str:
    raise RuntimeError(SECRET)


def break_there() -> str:
    raise RuntimeError(SECRET)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Flask]:
    with open_sqlite_site(tmp_path, **CALM) as site:
        for name, view in (("here", break_here), ("there", break_there)):
            site.add_url_rule(f"/{name}", name, public(view))
        yield site


def queued() -> list[Task]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Task).where(Task.name == "send_alert")))


def forget(site: Flask) -> None:
    """As if the next failure happened in another process."""
    site.extensions["alerts"].clear()


@pytest.mark.slow
def test_a_thousand_failures_are_one_mail_to_each_owner(site: Flask) -> None:
    client = site.test_client()
    for number in range(1000):
        assert client.get("/here").status_code == 500
        if number % 100 == 0:
            forget(site)
    assert [row.payload["to"] for row in queued()] == OWNERS


def test_another_failure_is_another_mail(site: Flask) -> None:
    client = site.test_client()
    for path in ("/here", "/there", "/here"):
        client.get(path)
    assert [row.payload["what"] for row in queued()] == ["here"] * 2 + ["there"] * 2


def test_after_ten_minutes_it_is_told_again(site: Flask) -> None:
    client = site.test_client()
    client.get("/here")
    for minutes, mails in ((9, 2), (11, 4)):
        forget(site)
        with time_machine.travel(utcnow() + timedelta(minutes=minutes), tick=False):
            client.get("/here")
        assert len(queued()) == mails


def test_the_mail_tells_where_and_not_what_was_said(site: Flask) -> None:
    name = site.test_client().get("/here").headers["X-Request-ID"]
    first = queued()[0]
    mail = delivered(alerts.compose(first.payload))
    assert (mail["Subject"], mail["To"], mail["From"]) == (
        "Microblog Failure",
        "ana@example.com",
        "Microblog <ana@example.com>",
    )
    text = mail.get_content()
    assert text.startswith("RuntimeError at here of http://localhost:5000, ")
    assert f"request {name}" in text
    assert "telemetry/test_alerts.py:" in text and "break_here" in text
    assert SECRET not in text


def test_an_alert_queued_by_an_older_version_is_sent(site: Flask) -> None:
    name = {"to": "ben@example.com", "template": "failure", "intent": "a1-B2_c3"}
    facts = {"what": "here", "where": "request 7", "at": "2026-11-20T18:30:00+00:00"}
    mail = delivered(alerts.compose({**name, **facts, "places": ["KeyError", "a.py:1 f"]}))
    assert mail["Message-ID"] == "<failure.a1-B2_c3@localhost>"
    assert mail.get_content().startswith("KeyError at here of http://localhost:5000, 2026-11-20")


def test_a_job_that_crashes_is_told_too(site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TASKS, "crash", lambda _job: break_here())
    job_id = outbox.put("crash", {})
    db.session.commit()
    assert site.test_cli_runner().invoke(args=["worker", "--once"]).exit_code == 0
    payload = queued()[0].payload
    assert (payload["what"], payload["where"]) == ("job crash", f"job {job_id}")


@pytest.mark.parametrize("missing", ["ADMINS", "MAIL_SERVER"])
def test_without_owners_or_a_server_nobody_is_told(site: Flask, missing: str) -> None:
    site.config[missing] = None
    assert site.test_client().get("/here").status_code == 500
    assert queued() == []


def test_a_database_that_is_away_delays_no_answer(site: Flask, tmp_path: Path) -> None:
    client = site.test_client()
    db.session.remove()
    db.engine.dispose()
    (tmp_path / "app.db").rename(tmp_path / "elsewhere")
    (tmp_path / "app.db").mkdir()
    assert client.get("/here").status_code == 500
    (tmp_path / "app.db").rmdir()
    (tmp_path / "elsewhere").rename(tmp_path / "app.db")
    assert queued() == []
