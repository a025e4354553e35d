"""What the site tells those who watch over it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import db, outbox
from app.lib.dates import utcnow
from app.models import Task
from tests.support.pages import counted_statements
from tests.support.sites import PRODUCTION, open_site, open_sqlite_site

STRANGER = {"REMOTE_ADDR": "198.51.100.7"}


def ready(client: FlaskClient, status: str, code: int = 200) -> dict[str, dict[str, str]]:
    """The checks of /readyz, which has to say `status`."""
    response = client.get("/readyz")
    assert response.status_code == code, response.text
    assert response.headers["Cache-Control"] == "no-store"
    assert response.json["status"] == status
    return dict(response.json["checks"])


@pytest.fixture
def armed(app: Flask) -> Flask:
    """A worker has run: its next rounds are planned."""
    rows = {"name": "purge", "key": "purge", "payload": {}, "created_at": utcnow()}
    later = {"available_at": utcnow() + timedelta(hours=1)}
    db.session.execute(sa.insert(Task).values(rows | later))
    db.session.commit()
    return app


def put_late(name: str, age: timedelta, *, is_due: bool) -> None:
    task_id = outbox.put(name, {})
    then = utcnow() - age
    due = then if is_due else utcnow() + timedelta(hours=1)
    row = sa.update(Task).where(Task.id == task_id)
    db.session.execute(row.values(created_at=then, available_at=due))
    db.session.commit()


def test_a_site_with_all_it_needs_is_ready(armed: Flask, client: FlaskClient) -> None:
    checks = ready(client, "ok")
    names = ["database", "migrations", "mail_backlog", "queue", "redis", "search"]
    assert list(checks) == sorted(names)
    assert {check["state"] for check in checks.values()} == {"ok"}


def test_health_asks_the_database_nothing_and_ready_little(
    armed: Flask, client: FlaskClient
) -> None:
    with counted_statements() as seen:
        response = client.get("/healthz", headers={"Cookie": "session=abc"})
    assert (response.status_code, response.text, seen) == (200, "ok\n", [])
    client.get("/readyz")
    with counted_statements() as seen:
        client.get("/readyz")
    assert len(seen) <= 6


def test_a_site_that_no_worker_serves_is_degraded(app: Flask, client: FlaskClient) -> None:
    assert "no worker has run" in ready(client, "degraded")["queue"]["text"]


def test_a_job_that_nobody_takes_degrades_the_site(armed: Flask, client: FlaskClient) -> None:
    put_late("greet", timedelta(minutes=3), is_due=True)
    queue = ready(client, "degraded")["queue"]
    assert (queue["state"], "flask worker" in queue["text"]) == ("warning", True)


@pytest.mark.parametrize(("minutes", "status"), [(9, "ok"), (11, "degraded")])
def test_mails_may_wait_for_ten_minutes(
    armed: Flask, client: FlaskClient, minutes: int, status: str
) -> None:
    # It was tried, and waits for the next try.
    put_late("send_mail", timedelta(minutes=minutes), is_due=False)
    assert ready(client, status)["mail_backlog"]["text"].startswith("1 waiting")


def test_a_stopping_process_is_not_ready_but_healthy(app: Flask, client: FlaskClient) -> None:
    app.extensions["is_stopping"] = lambda: True
    try:
        ready(client, "stopping", 503)
        assert client.get("/healthz").status_code == 200
    finally:
        del app.extensions["is_stopping"]


def test_details_are_not_for_everybody(armed: Flask, client: FlaskClient) -> None:
    def ask(**environ: str) -> TestResponse:
        return client.get("/readyz", environ_overrides=environ)

    assert ask(**STRANGER).json == {"status": "ok"}
    # A proxy that nobody told us of is not the visitor.
    assert ask(HTTP_X_FORWARDED_FOR="198.51.100.7").json == {"status": "ok"}
    armed.config["HEALTH_NETWORKS"] = []
    assert "checks" in ask(REMOTE_ADDR="::1").json


def test_details_are_for_the_networks_that_a_setting_names(tmp_path: Path) -> None:
    with open_site(tmp_path, HEALTH_NETWORKS="10.1.0.0/16, 2001:db8::7") as site:
        client = site.test_client()
        for address, needs_sync in [("10.1.2.3", True), ("2001:db8::7", True), ("10.2.0.1", False)]:
            answer = client.get("/readyz", environ_overrides={"REMOTE_ADDR": address})
            assert ("checks" in answer.json) is needs_sync


def test_only_a_neighbor_may_ask_by_another_name(tmp_path: Path) -> None:
    with open_site(tmp_path, **PRODUCTION) as site:
        client = site.test_client()
        for path in ("/healthz", "/readyz"):
            other = {"base_url": "http://10.0.0.5:5000"}
            assert client.get(path, **other).status_code == 200
            assert client.get(path, **other, environ_overrides=STRANGER).status_code == 400
        assert client.get("/explore", base_url="http://10.0.0.5:5000").status_code == 400


def test_without_its_database_a_site_is_healthy_and_not_ready(tmp_path: Path) -> None:
    with open_sqlite_site(tmp_path / "instance") as site:
        client = site.test_client()
        client.get("/readyz")
        db.session.remove()
        db.engine.dispose()
        (tmp_path / "instance").rename(tmp_path / "elsewhere")
        checks = ready(client, "broken", 503)
        assert checks["database"] == {"state": "broken", "text": "unable to open database file"}
        assert client.get("/healthz").status_code == 200
        (tmp_path / "elsewhere").rename(tmp_path / "instance")
        assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize(
    ("revision", "status", "code", "words"),
    [
        ("20261121_1410", "broken", 503, "run `flask db upgrade`"),
        (None, "broken", 503, "at nothing"),
        ("20990101_0000", "degraded", 200, "newer than this version"),
    ],
)
def test_tables_must_be_those_of_this_program_or_newer(
    tmp_path: Path, revision: str | None, status: str, code: int, words: str
) -> None:
    with open_site(tmp_path) as site:
        if revision:
            sql = sa.text("UPDATE alembic_version SET version_num = :revision")
            db.session.execute(sql, {"revision": revision})
        else:
            db.session.execute(sa.text("DELETE FROM alembic_version"))
        db.session.commit()
        assert words in ready(site.test_client(), status, code)["migrations"]["text"]


def test_a_search_that_is_broken_degrades_the_site(tmp_path: Path) -> None:
    with open_sqlite_site(tmp_path) as site:
        db.session.execute(sa.text("DROP TABLE post_search"))
        db.session.commit()
        assert ready(site.test_client(), "degraded")["search"]["state"] == "broken"
