"""Connections: what each is told when it is made, how many there are, and forked processes."""

from __future__ import annotations

import os
import runpy
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest
import sqlalchemy as sa
from flask import Flask

import config
from app import create_app, db
from app.database import engine, postgresql
from app.database.transactions import restart_for_write
from tests.support.servers import Postgresql
from tests.support.sites import open_sqlite_site


@pytest.fixture
def site(postgresql: Postgresql, tmp_path: Path) -> Iterator[Flask]:
    app = create_app({"DATABASE_URL": postgresql.new_database()}, tmp_path)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_postgresql_is_told_when_to_give_up(site: Flask) -> None:
    wanted = {
        "statement_timeout": "5s",
        "lock_timeout": "3s",
        "idle_in_transaction_session_timeout": "10s",
        "application_name": "microblog",
        "TimeZone": "UTC",
    }
    told = {name: db.session.scalar(sa.text(f"SHOW {name}")) for name in wanted}
    assert told == wanted


def test_a_database_that_dies_at_the_very_end_takes_no_answer_back(site: Flask) -> None:
    own = sa.text("SELECT pg_backend_pid()")
    killing = sa.text("SELECT pg_terminate_backend(:pid, 5000)")
    with site.app_context():
        pid = db.session.scalar(own)
        with db.engine.connect() as other:
            assert other.scalar(killing, {"pid": pid})
    with site.app_context():
        assert db.session.scalar(own) != pid


@contextmanager
def request(site: Flask, method: str = "GET") -> Iterator[None]:
    with site.test_request_context("/explore", method=method):
        yield
        db.session.rollback()


def is_in_transaction() -> bool:
    """Whether two statements see the same moment."""
    first, second = (db.session.scalar(sa.text("SELECT now()")) for _ in range(2))
    return bool(first == second)


def test_a_page_reads_without_a_transaction_and_whoever_writes_has_one(site: Flask) -> None:
    with request(site):
        assert not is_in_transaction()
        restart_for_write()
        assert is_in_transaction()
    with request(site, "POST"):
        assert is_in_transaction()
    with site.app_context():
        assert is_in_transaction()


def test_the_statements_of_pages_stay_prepared(site: Flask) -> None:
    for _ in range(8):
        with request(site):
            db.session.scalar(sa.text("SELECT 'prepared'"))
    with request(site):
        kept = db.session.scalars(sa.text("SELECT statement FROM pg_prepared_statements")).all()
    assert "SELECT 'prepared'" in kept


def test_an_idle_connection_is_tried_before_a_page_uses_it(
    site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []
    answers = postgresql.TimeoutConnection.answers
    monkeypatch.setattr(
        postgresql.TimeoutConnection, "answers", lambda one: tried.append(one) or answers(one)
    )
    for seconds in (0, 60, 0):
        monkeypatch.setattr(postgresql, "FRESH_SECONDS", seconds)
        with request(site):
            db.session.scalar(sa.text("SELECT 1"))
    assert len(tried) == 1


def test_no_thread_waits_for_the_connection_of_another(site: Flask) -> None:
    gunicorn = runpy.run_path(str(config.ROOT / "deployment" / "gunicorn.conf.py"))
    assert gunicorn["threads"] == postgresql.POOL_SIZE
    assert db.engine.pool.size() == postgresql.POOL_SIZE


def test_a_forked_process_does_not_speak_over_its_parent(site: Flask) -> None:
    with db.engine.connect() as connection:
        own = connection.scalar(sa.text("SELECT pg_backend_pid()"))
    inlet, outlet = os.pipe()
    if (child := os.fork()) == 0:
        with db.engine.connect() as connection:
            os.write(outlet, b"%d" % connection.scalar(sa.text("SELECT pg_backend_pid()")))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert int(os.read(inlet, 20)) != own
    os.close(inlet)
    os.close(outlet)
    with db.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT pg_backend_pid()")) == own


def test_every_connection_of_sqlite_is_durable_and_checks_references(tmp_path: Path) -> None:
    app = create_app({}, tmp_path)
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
    with app.app_context(), db.engine.connect() as one, db.engine.connect() as other:
        for connection in (one, other):
            driver = connection.connection.dbapi_connection
            assert driver is not None
            told = {name: driver.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted}
            assert told == wanted
    with app.app_context():
        db.engine.dispose()


def test_a_writer_of_sqlite_gets_its_turn_and_waits_as_long_as_before_elsewhere(
    tmp_path: Path,
) -> None:
    with open_sqlite_site(tmp_path):
        path = db.engine.url.database
        assert path is not None
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        Timer(0.3, other.rollback).start()
        start = time.monotonic()
        assert db.session.scalar(sa.text("PRAGMA busy_timeout")) == 5000
        assert time.monotonic() - start > 0.25
        other.close()


def test_a_writer_of_sqlite_gives_up_when_it_is_not_its_turn_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_MILLISECONDS", 100)
    with open_sqlite_site(tmp_path):
        path = db.engine.url.database
        assert path is not None
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sa.exc.OperationalError, match="locked"):
            db.session.execute(sa.text("SELECT 1"))
        other.close()


@pytest.mark.server
def test_a_site_on_sqlite_starts_without_the_driver_of_postgresql(tmp_path: Path) -> None:
    code = "import sys, microblog; print('psycopg' in sys.modules)"
    environ = {"PATH": os.environ["PATH"], "DATABASE_URL": f"sqlite:///{tmp_path}/app.db"}
    environ |= {"SECRET_KEY": "k" * 40}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=config.ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "False"
