"""How the site is: small looks at each thing it stands on, for `/readyz` and `flask doctor`.

A check is a function without arguments that returns a Finding. It may raise what SQLAlchemy
raises; `look` makes a finding of that.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache

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
from app.services.site import jobs

# A mail that waits longer than this is late; a job that is due longer has no worker.
MAIL_LATE = timedelta(minutes=10)
JOB_LATE = timedelta(minutes=2)
CLOCK_OFF = timedelta(seconds=5)
DISK_LEAST_BYTES = 500_000_000


class Status(StrEnum):
    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True)
class CheckResult:
    """What a check saw; `text` is for the owner, one line without secrets."""

    name: str
    state: Status
    text: str


Check = Callable[[], CheckResult]


def ok(name: str, text: str) -> CheckResult:
    return CheckResult(name, Status.OK, text)


def warning(name: str, text: str) -> CheckResult:
    return CheckResult(name, Status.WARNING, text)


def broken(name: str, text: str) -> CheckResult:
    return CheckResult(name, Status.BROKEN, text)


def run_check(check: Check) -> CheckResult:
    """What `check` finds; a database that is away is a finding too."""
    try:
        return check()
    except SQLAlchemyError as error:
        return broken(check.__name__, one_line(str(getattr(error, "orig", None) or error)))
    finally:
        # The next one may ask another server: nobody shall wait for a lock meanwhile.
        safe_rollback()


def worst(findings: Iterable[CheckResult]) -> Status:
    states = {finding.state for finding in findings}
    return next((state for state in reversed(list(Status)) if state in states), Status.OK)


def database() -> CheckResult:
    dialect = db.engine.dialect.name
    db.session.execute(sa.text("SELECT 1"))
    return ok("database", f"{dialect} answers")


def migrations() -> CheckResult:
    """Whether the tables are those that this program was written for, or newer ones."""
    scripts = _scripts_in(current_app.extensions["migrate"].directory)
    head, current = scripts.get_current_head(), _revision()
    if current == head:
        return ok("migrations", f"at {current}")
    known = {script.revision for script in scripts.walk_revisions()}
    if current is None or current in known:
        text = f"at {current or 'nothing'}, but this program needs {head}: run `flask db upgrade`"
        return broken("migrations", text)
    # While a new version is rolled out, the old one runs on its tables for a while.
    return warning("migrations", f"at {current}, which is newer than this program")


def mail_backlog() -> CheckResult:
    found = jobs.backlog()
    if found.mails_since is None or utcnow() - found.mails_since < MAIL_LATE:
        return ok("mail_backlog", f"{found.mails} waiting")
    text = f"{found.mails} waiting, the oldest for {_age(found.mails_since)}"
    return warning("mail_backlog", f"{text}: see `flask jobs list`")


def queue() -> CheckResult:
    found = jobs.backlog()
    if not found.periodic:
        return warning("queue", "no worker has run here yet: start `flask worker`")
    if found.due_since is None or utcnow() - found.due_since < JOB_LATE:
        return ok("queue", f"{found.due} due")
    text = f"{found.due} due, the first for {_age(found.due_since)}"
    return warning("queue", f"{text}: is `flask worker` running?")


def search() -> CheckResult:
    engine = get_search()
    engine.newest(SearchQuery("post", ("health",)), Cursor(1))
    if engine.is_degraded:
        return warning("search", "Elasticsearch does not answer, so the database does")
    return ok("search", "Elasticsearch answers" if engine.needs_sync else "the database answers")


def redis() -> CheckResult:
    server = current_app.extensions.get("redis")
    if server is None:
        return ok("redis", "not used, since REDIS_URL is empty")
    if server.try_call(server.client.ping):
        return ok("redis", "answers")
    return warning("redis", "does not answer, so the database does its work")


def dead_letters() -> CheckResult:
    count = jobs.dead_letter_count()
    if not count:
        return ok("dead_letters", "none")
    return warning("dead_letters", f"{count} set aside: see `flask jobs list --failed`")


def mail() -> CheckResult:
    server = current_app.config["MAIL_SERVER"]
    try:
        check_connection()
    except MailError as error:
        return broken("mail", str(error))
    return ok(
        "mail", f"{server} answers" if server else "kept as files, since MAIL_SERVER is empty"
    )


def clock() -> CheckResult:
    """Whether our time is the database's, and later than all that happened here."""
    now = utcnow()
    newest = db.session.scalar(sa.select(sa.func.max(Post.id)))
    written = db.session.scalar(sa.select(Post.created_at).where(Post.id == newest))
    if written is not None and written - now > CLOCK_OFF:
        return warning("clock", f"it is {_age(now, written)} behind the newest post")
    if db.engine.dialect.name == "postgresql":
        theirs = db.session.scalars(sa.select(sa.func.clock_timestamp())).one()
        if abs(theirs - utcnow()) > CLOCK_OFF:
            return warning("clock", f"it is {_age(*sorted((now, theirs)))} off the database's")
    return ok("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def disk() -> CheckResult:
    free = shutil.disk_usage(current_app.instance_path).free
    text = f"{free / 1e9:.1f} GB free in {current_app.instance_path}"
    return (ok if free > DISK_LEAST_BYTES else warning)("disk", text)


def _age(since: datetime, until: datetime | None = None) -> str:
    minutes, seconds = divmod(int(((until or utcnow()) - since).total_seconds()), 60)
    return f"{minutes} min" if minutes else f"{seconds} s"


def _revision() -> str | None:
    return MigrationContext.configure(db.session.connection()).get_current_revision()


@cache
def _scripts_in(directory: str) -> ScriptDirectory:
    return ScriptDirectory(directory)


# Without one of these the site cannot answer; without one of the others it does, less well.
# Another service to look at is another function in one of these lines.
CRITICAL: tuple[Check, ...] = (database, migrations)
DEGRADING: tuple[Check, ...] = (mail_backlog, queue, redis, search)
# What takes longer, or is the owner's business alone.
DOCTOR_ONLY: tuple[Check, ...] = (mail, dead_letters, clock, disk)
