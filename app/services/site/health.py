"""Health checks of the site and what it depends on: `/readyz`, `flask doctor` and the overview.

A check is a function without arguments that returns a CheckResult. It may raise SQLAlchemyError,
which `run_check` turns into a result.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from app.backends.mail import MailError, check_connection
from app.backends.search import SearchQuery, get_search
from app.database.cursor import Cursor
from app.database.transactions import safe_rollback
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.text import one_line
from app.models import Post
from app.services.accounts import passkeys
from app.services.site import backups, jobs

# An email that waits longer than this is late; a job that is due longer has no worker.
MAIL_DELAY_MAX = timedelta(minutes=10)
JOB_DELAY_MAX = timedelta(minutes=2)
CLOCK_SKEW_MAX = timedelta(seconds=5)
DISK_FREE_MIN_BYTES = 500_000_000
# Backups are expected daily; one may be late.
BACKUP_AGE_MAX = timedelta(days=2)


class Status(StrEnum):
    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True)
class CheckResult:
    """The result of a check; `text` is for the operator, one line without secrets.

    `facts` are for pages, which have words of their own (app/web/health_lines.py).
    """

    name: str
    state: Status
    text: str
    facts: Mapping[str, Any] = field(default_factory=dict, compare=False)


Check = Callable[[], CheckResult]


def ok(name: str, text: str, **facts: Any) -> CheckResult:
    return CheckResult(name, Status.OK, text, facts)


def warning(name: str, text: str, **facts: Any) -> CheckResult:
    return CheckResult(name, Status.WARNING, text, facts)


def broken(name: str, text: str, **facts: Any) -> CheckResult:
    return CheckResult(name, Status.BROKEN, text, facts)


def run_check(check: Check) -> CheckResult:
    """Run `check`; a database error becomes a result too."""
    try:
        return run_within_page(check)
    finally:
        # The next check may call another server, and must not hold a lock meanwhile.
        safe_rollback()


def run_within_page(check: Check) -> CheckResult:
    """The same in the transaction of a page, which goes on reading what it has loaded."""
    try:
        return check()
    except SQLAlchemyError as error:
        safe_rollback()
        return broken(check.__name__, one_line(str(getattr(error, "orig", None) or error)))


def worst(results: Iterable[CheckResult]) -> Status:
    states = {result.state for result in results}
    return next((state for state in reversed(list(Status)) if state in states), Status.OK)


def database() -> CheckResult:
    dialect, started = db.engine.dialect.name, time.monotonic()
    db.session.execute(sa.text("SELECT 1"))
    milliseconds = round((time.monotonic() - started) * 1000)
    facts = {"server": _server_version(), "milliseconds": milliseconds}
    return ok("database", f"{dialect} responds", **facts)


def migrations() -> CheckResult:
    """Whether the schema is the one that this version needs, or a newer one."""
    scripts = _scripts_in(current_app.extensions["migrate"].directory)
    head, current = scripts.get_current_head(), _revision()
    if current == head:
        return ok("migrations", f"at {current}")
    known = {script.revision for script in scripts.walk_revisions()}
    if current is None or current in known:
        text = f"at {current or 'nothing'}, but this version needs {head}: run `flask db upgrade`"
        return broken("migrations", text)
    # During a deployment, the old version runs on the new schema for a while.
    return warning("migrations", f"at {current}, which is newer than this version")


def mail_backlog() -> CheckResult:
    backlog = jobs.backlog()
    facts = {"count": backlog.mails, "since": backlog.mails_since}
    if backlog.mails_since is None or utcnow() - backlog.mails_since < MAIL_DELAY_MAX:
        return ok("mail_backlog", f"{backlog.mails} waiting", **facts)
    text = f"{backlog.mails} waiting, the oldest for {_age(backlog.mails_since)}"
    return warning("mail_backlog", f"{text}: see `flask jobs list`", **facts)


def queue() -> CheckResult:
    backlog = jobs.backlog()
    facts = {"count": backlog.due, "since": backlog.due_since}
    if not backlog.periodic:
        return warning("queue", "no worker has run here yet: start `flask worker`", **facts)
    if backlog.due_since is None or utcnow() - backlog.due_since < JOB_DELAY_MAX:
        return ok("queue", f"{backlog.due} due", **facts)
    text = f"{backlog.due} due, the first for {_age(backlog.due_since)}"
    return warning("queue", f"{text}: is `flask worker` running?", **facts)


def search() -> CheckResult:
    engine = get_search()
    engine.search_by_date(SearchQuery("post", ("health",)), Cursor(1))
    if engine.is_degraded:
        return warning("search", "Elasticsearch is unavailable; the database is the fallback")
    has_engine = engine.needs_sync
    text = "Elasticsearch responds" if has_engine else "the database responds"
    return ok("search", text, has_engine=has_engine)


def redis() -> CheckResult:
    redis_client = current_app.extensions.get("redis")
    if redis_client is None:
        return ok("redis", "not used, since REDIS_URL is empty")
    if redis_client.try_call(redis_client.client.ping):
        return ok("redis", "responds")
    return warning("redis", "unavailable; the database is the fallback")


def dead_letters() -> CheckResult:
    count = jobs.dead_letter_count()
    if not count:
        return ok("dead_letters", "none")
    text = f"{count} failed: see `flask jobs list --failed`"
    return warning("dead_letters", text, count=count)


def backup() -> CheckResult:
    """Whether the last backup is recent, which matters on a live site."""
    at, is_live = backups.last_at(), current_app.config["IS_PRODUCTION"]
    if at is None:
        text = "none yet: run `flask backup` daily" if is_live else "none, since BASE_URL is empty"
        return (warning if is_live else ok)("backup", text, at=None)
    is_recent = utcnow() - at < BACKUP_AGE_MAX
    text = f"the last one is from {at:%Y-%m-%d %H:%M} UTC"
    if is_recent or not is_live:
        return ok("backup", text, at=at)
    return warning("backup", f"{text}: run `flask backup` daily", at=at)


def mail() -> CheckResult:
    server = current_app.config["MAIL_SERVER"]
    try:
        check_connection()
    except MailError as error:
        return broken("mail", str(error))
    return ok(
        "mail", f"{server} responds" if server else "written to files, since MAIL_SERVER is empty"
    )


def clock() -> CheckResult:
    """Whether our clock agrees with the database's, and is not behind the newest post."""
    now = utcnow()
    newest = db.session.scalar(sa.select(sa.func.max(Post.id)))
    newest_at = db.session.scalar(sa.select(Post.created_at).where(Post.id == newest))
    if newest_at is not None and newest_at - now > CLOCK_SKEW_MAX:
        return warning("clock", f"it is {_age(now, newest_at)} behind the newest post")
    if db.engine.dialect.name == "postgresql":
        theirs = db.session.scalars(sa.select(sa.func.clock_timestamp())).one()
        if abs(theirs - utcnow()) > CLOCK_SKEW_MAX:
            return warning("clock", f"it is {_age(*sorted((now, theirs)))} off the database's")
    return ok("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def passkey_hosts() -> CheckResult:
    """Whether passkeys belong to the host of the site, which may have moved."""
    count, host = passkeys.count_of_other_hosts(), passkeys.relying_party().host
    if count:
        text = f"{count} of another host than {host}: their owners sign in with the password"
        return warning("passkey_hosts", text)
    return ok("passkey_hosts", f"all belong to {host}")


def disk() -> CheckResult:
    usage = shutil.disk_usage(current_app.instance_path)
    text = f"{usage.free / 1e9:.1f} GB free in {current_app.instance_path}"
    facts = {"used": usage.total - usage.free, "total": usage.total, "free": usage.free}
    return (ok if usage.free > DISK_FREE_MIN_BYTES else warning)("disk", text, **facts)


def _age(since: datetime, until: datetime | None = None) -> str:
    minutes, seconds = divmod(int(((until or utcnow()) - since).total_seconds()), 60)
    return f"{minutes} min" if minutes else f"{seconds} s"


def _server_version() -> str:
    """The database and its version, such as `PostgreSQL 16`."""
    if db.engine.dialect.name == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    (major, *_) = db.engine.dialect.server_version_info or ("",)
    return f"PostgreSQL {major}"


def _revision() -> str | None:
    return MigrationContext.configure(db.session.connection()).get_current_revision()


@cache
def _scripts_in(directory: str) -> ScriptDirectory:
    return ScriptDirectory(directory)


# If one of these fails the site is down; if one of the next fails it is degraded.
# To check another service, add its function to one of these tuples.
CRITICAL: tuple[Check, ...] = (database, migrations)
DEGRADING: tuple[Check, ...] = (mail_backlog, queue, redis, search)
# What the overview shows besides: local, and quick.
NOTICED: tuple[Check, ...] = (dead_letters, backup, disk)
# Checks that take longer, or concern only the operator.
DOCTOR_ONLY: tuple[Check, ...] = (mail, clock, passkey_hosts)
OVERVIEW: tuple[Check, ...] = (*CRITICAL, *DEGRADING, *NOTICED)
ALL: tuple[Check, ...] = (*OVERVIEW, *DOCTOR_ONLY)
