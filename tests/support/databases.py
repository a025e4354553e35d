"""Which database the tests run on: SQLite, where everybody starts, or PostgreSQL when asked."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
import sqlalchemy as sa
from flask import has_request_context

from app import create_app, db
from tests.support.shared import once

WANTED = "MICROBLOG_TESTS_DATABASE"
KINDS = ("sqlite", "postgresql")
# The database that PostgreSQL copies for whoever wants one with tables.
TEMPLATE = "migrated"
WRITING = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM|SAVEPOINT|FOR NO KEY|FOR SHARE)\b")
_urls: dict[Path, str] = {}
_makers: list[Callable[[], str]] = []


def wanted_kind() -> str:
    kind = os.environ.get(WANTED) or KINDS[0]
    if kind not in KINDS:
        raise ValueError(f"{WANTED}: not {kind!r} but {' or '.join(KINDS)}")
    return kind


def tried_kinds() -> tuple[str, ...]:
    """What tests about every database try: all of them, or the one that was asked for."""
    return (wanted_kind(),) if os.environ.get(WANTED) else KINDS


def each_kind(*servers: str) -> list[Any]:
    """The same and `servers` as parameters, of which those that start a program are marked."""
    started = [kind for kind in (*tried_kinds(), *servers) if kind != "sqlite"]
    rest = [kind for kind in tried_kinds() if kind == "sqlite"]
    return [*rest, *(pytest.param(kind, marks=pytest.mark.server) for kind in started)]


def make_with(maker: Callable[[], str]) -> None:
    """From now on sites that name no database get one from `maker`, not a file."""
    _makers[:] = [maker]


def url_for(folder: Path) -> str:
    """The address of the database of the site in `folder`, the same at every call."""
    if folder not in _urls:
        _urls[folder] = _makers[0]() if _makers else sqlite_in(folder)
    return _urls[folder]


def sqlite_in(folder: Path) -> str:
    return f"sqlite:///{folder}/app.db"


def new_url(kind: str, folder: Path, request: pytest.FixtureRequest) -> str:
    """The address of a new database of that kind, for the site in `folder`."""
    if kind == "postgresql":
        return str(request.getfixturevalue("postgresql").new_database())
    return sqlite_in(folder)


def copy_template(url: str) -> bool:
    """Make the database at `url` a copy of a migrated one, if it can be; whether it was done."""
    address = sa.make_url(url)
    if address.drivername == "sqlite":
        path = Path(address.database or "")
        if path.exists():
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(once("sqlite", _migrated_file), path)
        return True
    if not _can_be_replaced(url):
        return False
    administer(url, f"DROP DATABASE {address.database}")
    administer(url, f"CREATE DATABASE {address.database} TEMPLATE {TEMPLATE}")
    return True


def forbid_writes_without_transaction(engine: sa.Engine) -> None:
    """On PostgreSQL a page reads without a transaction.

    There what it wrote could not be undone, and what it locked would be free at once.
    """

    @sa.event.listens_for(engine, "before_cursor_execute")
    def _check(connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        driver = connection.connection.dbapi_connection
        if has_request_context() and driver.autocommit:
            assert not WRITING.search(statement), statement


def _migrated_file(folder: Path) -> str:
    migrate(sqlite_in(folder), folder)
    return f"{folder}/app.db"


def migrate(url: str, folder: Path) -> None:
    """Bring the database at `url` up to date by the migrations, as everywhere."""
    settings = {"DATABASE_URL": url, "SQLITE_SYNCHRONOUS": "NORMAL"}
    app = create_app(settings, folder / "instance")
    with app.app_context():
        flask_migrate.upgrade()
        db.session.remove()
        # The last connection to SQLite moves what is in its log into the file.
        db.engine.dispose()


def _can_be_replaced(url: str) -> bool:
    """Whether it has no tables, on a server that has the template."""
    is_empty = "SELECT to_regclass('alembic_version') IS NULL AND EXISTS"
    sql = f"{is_empty} (SELECT FROM pg_database WHERE datname = '{TEMPLATE}')"
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return bool(connection.exec_driver_sql(sql).scalar_one())


def administer(url: str, statement: str) -> None:
    """Run `statement`, which is about whole databases, on the server at `url`."""
    server = sa.make_url(url).set(database="postgres")
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
