"""The app over a database of its own, people to act, and what was skipped at the end."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import nullcontext
from contextvars import Context
from pathlib import Path
from typing import Any

import flask_migrate
import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from werkzeug.test import TestResponse

from app import create_app, db
from app.maintenance import append_only
from app.models import User
from app.services.site.memory import REMEMBERED
from tests.support import roles, rules, shared
from tests.support.databases import (
    copy_template,
    forbid_writes_without_transaction,
    sqlite_in,
    url_for,
)
from tests.support.factories import make_user

pytest_plugins = [
    "tests.support.converting",
    "tests.support.elasticsearch",
    "tests.support.live",
    "tests.support.programs",
    "tests.support.redis_servers",
    "tests.support.s3_server",
    "tests.support.servers",
    "tests.support.translators",
]

CHEAPEST_COST = (8, 1, 1)
# What takes time, limits attempts or shows visitors a page of before.
QUICK = {"SQLITE_SYNCHRONOUS": "NORMAL", "RATELIMIT_ENABLED": "0", "VISITOR_PAGE_SECONDS": "0"}
# Staff of most tests have a password alone, also where a site is a live one.
QUICK["TWO_FACTOR_FOR_STAFF"] = "0"
# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile(
    "tests", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("tests")
REQUIRE_ALL = "MICROBLOG_TESTS_REQUIRE_ALL"


class Browser(FlaskClient):
    """A client whose requests share nothing with the test but the database."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        # What the test has read or written must not hold the lock while the app works.
        db.session.commit()
        # In an empty context Flask makes an own app context, with an own `g` and session.
        kwargs.setdefault("buffered", True)
        response: TestResponse = Context().run(super().open, *args, **kwargs)
        db.session.expire_all()
        return response


@pytest.fixture(scope="session")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One app for all tests of this process; its database and its archives go after each."""
    folder = tmp_path_factory.mktemp("instance")
    app = prepare_app(QUICK | {"DATABASE_URL": url_for(folder)}, folder)
    yield app
    with app.app_context():
        db.engine.dispose()


def prepare_app(settings: dict[str, str], folder: Path) -> Flask:
    """An app with its tables, made by the migrations as everywhere."""
    is_migrated = copy_template(settings["DATABASE_URL"] or sqlite_in(folder))
    app = create_app(settings, folder)
    app.config["PASSWORD_COST"] = CHEAPEST_COST
    app.test_client_class = Browser
    app.testing = True
    # Compiling the templates takes longer than most tests, and each app would do it again.
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(shared.folder_of("templates")))
    # As in production: a failure becomes a page, which tests then see.
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.app_context():
        if db.engine.dialect.name == "postgresql":
            forbid_writes_without_transaction(db.engine)
        if not is_migrated:
            flask_migrate.upgrade()
    return app


@pytest.fixture
def app(shared_app: Flask) -> Iterator[Flask]:
    before = dict(shared_app.config)
    with shared_app.app_context():
        yield shared_app
        shared_app.config.update(before)
        shared_app.extensions["read_limiter"].storage.reset()
        shared_app.extensions[REMEMBERED].clear()
        db.session.rollback()
        empty_tables()
        db.session.commit()
        # Archives are named by numbers, which the next test may use again.
        for file in before["EXPORT_FOLDER"].glob("*"):
            file.unlink()


def empty_tables() -> None:
    """Delete every row, whoever wrote it; few tables have any, so one statement asks which."""
    tables = [table.name for table in reversed(db.metadata.sorted_tables)]
    names = [name for name in tables if name not in ("role", "rule")]
    rows = [f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in names]  # noqa: S608
    rows += [roles.ARE_CHANGED, rules.ARE_CHANGED]
    connection = db.session.connection()
    written = connection.exec_driver_sql(" UNION ALL ".join(rows)).scalars().all()
    # In the order of the tables, which the database need not keep.
    statements = [f'DELETE FROM "{name}"' for name in names if name in written]  # noqa: S608
    statements += roles.RESET if "role" in written else []
    statements += rules.RESET if "rule" in written else []
    if db.engine.dialect.name == "postgresql":
        many = connection.exec_driver_sql("SELECT 1 FROM post OFFSET 500 LIMIT 1").scalar()
        # By a plan from when there were few, each of them has the keys of all others looked at.
        statements = ["DISCARD PLANS", *statements] if many else statements
        statements = ["; ".join(statements)] if statements else []
    is_logged = "audit_entry" in written
    with append_only.lifted(connection) if is_logged else nullcontext():
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def ana(app: Flask) -> User:
    return make_user("ana", display_name="Ana Duarte")


@pytest.fixture
def ben(app: Flask) -> User:
    return make_user("ben", display_name="Ben Ortega")


@pytest.fixture
def cleo(app: Flask) -> User:
    """The stranger."""
    return make_user("cleo")


def pytest_configure(config: pytest.Config) -> None:
    """Measure the processes of the tests, not the many programs that they start.

    What those run is run in these processes too, and measuring makes each start much slower.
    """
    if hasattr(config, "workerinput"):
        os.environ.pop("COVERAGE_PROCESS_CONFIG", None)
    else:
        shared.begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    """The process that outlives the others ends what they have started."""
    if not hasattr(config, "workerinput") and shared.FOLDER in os.environ:
        shared.end()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slowest tests come first, so that no process is left with one at the end."""
    items.sort(key=_minutes, reverse=True)


def _minutes(item: pytest.Item) -> float:
    """About how long the test takes, by its marker: half a second if that does not say."""
    slow = item.get_closest_marker("slow")
    return slow.kwargs.get("minutes", 0.01) if slow else 0


def pytest_collection_finish() -> None:
    """Leave what is loaded by now out of the garbage collections, a tenth of a test's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Name what was skipped, and what would enable it."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons: dict[str, int] = {}
    for report in skipped:
        reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        reasons[reason.removeprefix("Skipped: ")] = reasons.get(reason, 0) + 1
    if reasons:
        terminalreporter.section("not run here")
        for reason, _count in sorted(reasons.items()):
            terminalreporter.line(f"- {reason}")


def pytest_sessionfinish(session: Any, exitstatus: int) -> None:
    """In CI a skipped test is a failed run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get(REQUIRE_ALL) and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
