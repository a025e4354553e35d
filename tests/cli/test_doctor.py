"""`flask doctor`: what it sees, and the exit code that others act upon."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from click.testing import Result
from flask import Flask

from app import db, outbox
from app.backends.jobs import get_jobs
from app.lib.dates import utcnow
from app.models import Post, Task
from app.services.site import alerts, backups
from app.services.site.audit import COMMAND_LINE
from app.tasks import PERIODIC
from config import ROOT
from tests.support.factories import make_post, make_user
from tests.support.servers import Postgresql
from tests.support.sites import PRODUCTION, open_site, open_sqlite_site


def doctor(site: Flask, *words: str) -> Result:
    db.session.commit()
    return site.test_cli_runner().invoke(args=["doctor", *words])


def found(site: Flask, code: int) -> dict[str, dict[str, str]]:
    """What the doctor found by name; of two of a name the last."""
    result = doctor(site, "--json")
    assert result.exit_code == code, result.output
    return {row["name"]: row for row in json.loads(result.output)["checks"]}


def arm() -> None:
    """A worker has run, and somebody has made a backup."""
    backups.record(COMMAND_LINE)
    for key, interval in PERIODIC.items():
        get_jobs().schedule(key, interval)
    db.session.commit()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Flask]:
    """A site on a laptop on which a worker has run."""
    with open_sqlite_site(tmp_path) as site:
        arm()
        yield site


@pytest.fixture
def mail_port() -> Iterator[int]:
    server = Controller(Sink(), hostname="127.0.0.1", port=_free_port())
    server.start()
    yield server.port
    server.stop()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_a_fresh_site_is_well(site: Flask) -> None:
    result = doctor(site)
    assert result.exit_code == 0, result.output
    rows = [line.split(maxsplit=2) for line in result.output.splitlines()]
    assert {row[0] for row in rows} == {"ok"}
    names = (
        "settings database migrations mail_backlog queue redis search dead_letters backup disk mail"
        " clock passkey_hosts"
    )
    assert [row[1] for row in rows] == names.split()


def test_json_is_for_programs(site: Flask) -> None:
    answer = json.loads(doctor(site, "--json").output)
    assert answer["state"] == "ok"
    assert answer["checks"][1] == {"name": "database", "state": "ok", "text": "sqlite responds"}


def test_what_was_set_aside_is_something_to_look_at(site: Flask) -> None:
    task_id = outbox.put("send_mail", {})
    row = sa.update(Task).where(Task.id == task_id)
    db.session.execute(row.values(failed_at=utcnow()))
    letters = found(site, 2)["dead_letters"]
    assert letters["state"] == "warning"
    assert letters["text"] == "1 failed: see `flask jobs list --failed`"


def test_tables_of_an_older_program_are_broken(site: Flask) -> None:
    db.session.execute(sa.text("UPDATE alembic_version SET version_num = '20261121_1410'"))
    assert found(site, 1)["migrations"]["state"] == "broken"


def test_a_database_without_tables_is_broken_and_ends_no_look(site: Flask) -> None:
    db.session.execute(sa.text("DROP TABLE task"))
    rows = found(site, 1)
    assert rows["queue"]["text"] == "no such table: task"
    assert rows["clock"]["state"] == "ok"


def test_a_clock_that_went_back_is_noticed(site: Flask) -> None:
    post = make_post(make_user("ana"), "From tomorrow")
    later = sa.update(Post).where(Post.id == post.id)
    db.session.execute(later.values(created_at=utcnow() + timedelta(minutes=30)))
    assert "behind the newest post" in found(site, 2)["clock"]["text"]


def test_a_mail_server_that_answers_is_well(tmp_path: Path, mail_port: int) -> None:
    with open_sqlite_site(tmp_path, MAIL_SERVER="127.0.0.1", MAIL_PORT=str(mail_port)) as site:
        arm()
        assert found(site, 0)["mail"]["text"] == "127.0.0.1 responds"


class Writer:
    """Writes to a database while somebody talks to the mail server."""

    def __init__(self, path: Path) -> None:
        self.path, self.has_written = path, False

    async def handle_QUIT(self, *_talk: object) -> str:  # noqa: N802 (aiosmtpd calls it so)
        with closing(sqlite3.connect(self.path, timeout=0, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
        self.has_written = True
        return "221 goodbye"


def test_nobody_waits_for_the_doctor_who_waits_for_the_mail_server(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "app.db")
    server = Controller(writer, hostname="127.0.0.1", port=_free_port())
    server.start()
    try:
        settings = {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(server.port)}
        with open_sqlite_site(tmp_path, **settings) as site:
            arm()
            found(site, 0)
    finally:
        server.stop()
    assert writer.has_written


def test_a_mail_server_that_is_away_is_broken(tmp_path: Path) -> None:
    with open_sqlite_site(tmp_path, MAIL_SERVER="127.0.0.1", MAIL_PORT=str(_free_port())) as site:
        arm()
        mail = found(site, 1)["mail"]
        assert (mail["state"], "refused" in mail["text"]) == ("broken", True)


GOOD = PRODUCTION | {"ADMINS": "owner@example.org", "PROXY_HOPS": "1", "RATELIMIT_ENABLED": "1"}
GOOD |= {"SQLITE_SYNCHRONOUS": "FULL", "MAIL_SERVER": "127.0.0.1", "TWO_FACTOR_FOR_STAFF": "1"}
GOOD |= {"SECRET_KEY": "0123456789abcdef0123456789abcdef"}


def test_a_live_site_with_good_settings_is_well(tmp_path: Path, mail_port: int) -> None:
    with open_sqlite_site(tmp_path, **GOOD, MAIL_PORT=str(mail_port)) as site:
        (tmp_path / "app.db").chmod(0o600)
        arm()
        assert found(site, 0)["settings"]["text"] == "no problems found"


def test_no_backup_and_an_old_one_are_something_to_look_at(tmp_path: Path, mail_port: int) -> None:
    with open_sqlite_site(tmp_path, **GOOD, MAIL_PORT=str(mail_port)) as site:
        (tmp_path / "app.db").chmod(0o600)
        assert found(site, 2)["backup"]["text"] == "none yet: run `flask backup` daily"
        arm()
        assert found(site, 0)["backup"]["state"] == "ok"
        with time_machine.travel(utcnow() + timedelta(days=3)):
            assert "run `flask backup` daily" in found(site, 2)["backup"]["text"]


def test_before_a_deployment_an_unsafe_setting_is_broken(tmp_path: Path, mail_port: int) -> None:
    settings = GOOD | {"MAIL_PORT": str(mail_port)}
    with open_sqlite_site(tmp_path, **settings) as site:
        (tmp_path / "app.db").chmod(0o600)
        arm()
        assert doctor(site, "--deploy").exit_code == 0
        site.config["RATELIMIT_ENABLED"] = False
        assert doctor(site).exit_code == 2
        result = doctor(site, "--deploy", "--json")
        assert result.exit_code == 1
        assert json.loads(result.output)["checks"][0] == {
            "name": "settings",
            "state": "broken",
            "text": "RATELIMIT_ENABLED: Passwords can be guessed without limit. Turn it on.",
        }


def test_a_laptop_is_not_to_be_deployed_as_it_is(site: Flask) -> None:
    result = doctor(site, "--deploy")
    assert result.exit_code == 1
    assert "BASE_URL: Set it to the public address" in result.output


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("ADMINS", ""),
        ("MAIL_SERVER", ""),
        ("PROXY_HOPS", "0"),
        ("RATELIMIT_ENABLED", "0"),
        ("SECRET_KEY_FALLBACKS", "short"),
        ("LOG_LEVEL", "DEBUG"),
        ("SQLITE_SYNCHRONOUS", "NORMAL"),
    ],
)
def test_a_live_site_is_told_what_would_be_better(
    tmp_path: Path, mail_port: int, setting: str, value: str
) -> None:
    settings = GOOD | {"MAIL_PORT": str(mail_port)} | {setting: value}
    with open_sqlite_site(tmp_path, **settings) as site:
        (tmp_path / "app.db").chmod(0o600)
        arm()
        assert found(site, 2)["settings"]["text"].startswith(f"{setting}: ")


def test_a_password_in_the_open_is_remarked(tmp_path: Path) -> None:
    with open_sqlite_site(tmp_path, **GOOD | {"MAIL_USERNAME": "site"}) as site:
        (tmp_path / "app.db").chmod(0o600)
        site.config["MAIL_SERVER"] = "mail.invalid"
        assert found(site, 1)["settings"]["text"].startswith("MAIL_USE_TLS: The password")
        site.config["MAIL_USE_SSL"] = True
        assert found(site, 1)["settings"]["text"] == "no problems found"


def test_a_database_that_everybody_may_read_is_remarked(tmp_path: Path, mail_port: int) -> None:
    with open_sqlite_site(tmp_path, **GOOD, MAIL_PORT=str(mail_port)) as site:
        (tmp_path / "app.db").chmod(0o644)
        arm()
        assert "Everyone on this machine can read it" in found(site, 2)["settings"]["text"]


@pytest.mark.parametrize(
    ("url", "is_remarked"),
    [
        ("postgresql+psycopg://db.example.org/x", True),
        ("postgresql+psycopg://db.example.org/x?sslmode=require", True),
        ("postgresql+psycopg://db.example.org/x?sslmode=verify-full", False),
        ("postgresql+psycopg://localhost/x", False),
    ],
)
def test_a_far_database_must_show_who_it_is(
    tmp_path: Path, mail_port: int, url: str, is_remarked: bool
) -> None:
    with open_sqlite_site(tmp_path, **GOOD, MAIL_PORT=str(mail_port)) as site:
        (tmp_path / "app.db").chmod(0o600)
        arm()
        site.config["SQLALCHEMY_DATABASE_URI"] = url
        text = found(site, 2 if is_remarked else 0)["settings"]["text"]
        assert text.startswith("DATABASE_URL: ") is is_remarked


@pytest.mark.server
def test_on_postgresql_all_is_well_too_and_one_failure_is_told_once(
    tmp_path: Path, postgresql: Postgresql
) -> None:
    with open_site(tmp_path, DATABASE_URL=postgresql.new_database()) as site:
        site.config["ADMINS"] = ["ana@example.com"]
        arm()
        rows = found(site, 0)
        assert rows["database"]["text"] == "postgresql responds"
        assert {row["state"] for row in rows.values()} == {"ok"}
        error = RuntimeError()
        assert [alerts.send(error, "here", "request 1") for _ in range(2)] == [True, False]


@pytest.mark.server
def test_settings_that_cannot_work_are_all_named_without_a_trace() -> None:
    wrong = {"BASE_URL": "http://blog.example.org", "SECRET_KEY": "changeme", "PORT": "many"}
    wrong |= {"MAIL_USE_TLS": "1", "MAIL_USE_SSL": "1", "FLASK_DEBUG": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "microblog", "doctor"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | wrong,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "changeme" not in done.stderr
    names = ("PORT", "FLASK_DEBUG", "MAIL_USE_SSL", "SECRET_KEY", "BASE_URL")
    lines = done.stderr.removeprefix("Error: ").splitlines()
    assert [line.partition(":")[0] for line in lines] == list(names)
