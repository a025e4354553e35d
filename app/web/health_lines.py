"""What health checks found, in words for a page: how it is, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app
from flask_babel import format_number, ngettext
from flask_babel import gettext as _

from app.lib.version import VERSION
from app.services.site.health import CheckResult, Status
from app.web.filters import relative_time

GIGABYTE = 10**9


@dataclass(frozen=True)
class Line:
    """One line of the overview. `note` is what is known besides, or what to do."""

    name: str
    is_bad: bool
    title: str
    note: str


# Said only when something is wrong.
QUIET = {"migrations", "redis"}


def lines_of(results: list[CheckResult]) -> list[Line]:
    """A line for each result that has something to say."""
    return [
        Line(one.name, one.state is not Status.OK, *_words(one))
        for one in results
        if one.state is not Status.OK or one.name not in QUIET
    ]


def _words(result: CheckResult) -> tuple[str, str]:
    if result.state is Status.BROKEN and not result.facts:
        # Of an error of the database, or of tables that are too old.
        return _("%(check)s: broken", check=result.name), result.text
    return WORDS[result.name](result)


def _database(result: CheckResult) -> tuple[str, str]:
    version = _("Version %(version)s", version=VERSION)
    took = _("%(number)s ms", number=format_number(result.facts["milliseconds"]))
    return _("Site and database are up"), f"{version} · {result.facts['server']} · {took}"


def _migrations(_result: CheckResult) -> tuple[str, str]:
    title = _("The database is newer than this version")
    return title, _("This is normal during an upgrade. Otherwise, install the newer version.")


def _queue(result: CheckResult) -> tuple[str, str]:
    count, since = result.facts["count"], result.facts["since"]
    waiting = ngettext("%(num)s job is due", "%(num)s jobs are due", count)
    if result.state is Status.OK:
        return _("Worker is up"), waiting if count else _("No job is due")
    what_to_do = _("Start flask worker, or check its log to see why it stopped.")
    if since is None:
        return _("No worker has run yet"), what_to_do
    note = _("%(jobs)s, the oldest from %(time)s.", jobs=waiting, time=relative_time(since))
    return _("The worker is late or down"), f"{note} {what_to_do}"


def _mail_backlog(result: CheckResult) -> tuple[str, str]:
    count, since = result.facts["count"], result.facts["since"]
    waiting = ngettext("%(num)s email is waiting", "%(num)s emails are waiting", count)
    if not count:
        waiting = _("No email is waiting")
    if result.state is not Status.OK:
        note = _("%(emails)s, the oldest from %(time)s.", emails=waiting, time=relative_time(since))
        what_to_do = _("The jobs show what the mail server answered.")
        return _("Email is late"), f"{note} {what_to_do}"
    if current_app.config["MAIL_SERVER"]:
        return _("Email is going out"), waiting
    return _("Email is written to files"), _("It leaves this machine once MAIL_SERVER is set.")


def _redis(_result: CheckResult) -> tuple[str, str]:
    return _("Redis doesn't answer"), _("The database does its work, more slowly. Start Redis.")


def _search(result: CheckResult) -> tuple[str, str]:
    if result.state is not Status.OK:
        note = _("The database answers instead. Start Elasticsearch; the index catches up.")
        return _("Elasticsearch doesn't answer"), note
    engine = "Elasticsearch" if result.facts["has_engine"] else _("In the database")
    return _("Search is up"), engine


def _dead_letters(result: CheckResult) -> tuple[str, str]:
    count = result.facts.get("count", 0)
    if not count:
        return _("No job has failed for good"), _("Failed jobs are retried for a day or longer.")
    title = ngettext("%(num)s job failed for good", "%(num)s jobs failed for good", count)
    return title, _("Retry or drop them.")


def _backup(result: CheckResult) -> tuple[str, str]:
    at = result.facts["at"]
    if result.state is Status.OK and at is None:
        return _("No backup yet"), _("This site is for local use only.")
    title = _("No backup yet")
    if at is not None:
        title = _("Last backup: %(time)s", time=relative_time(at))
    if result.state is Status.OK:
        return title, _("A backup a day is expected.")
    return title, _("Run flask backup every day, or flask backup --elsewhere after another tool.")


def _disk(result: CheckResult) -> tuple[str, str]:
    used, total, free = (result.facts[name] / GIGABYTE for name in ("used", "total", "free"))
    title = _(
        "Storage: %(used)s of %(total)s GB used",
        used=format_number(round(used, 1)),
        total=format_number(round(total)),
    )
    left = _("%(free)s GB free.", free=format_number(round(free, 1)))
    if result.state is Status.OK:
        return title, left
    what_to_do = _("Free up space soon: once the disk is full, nothing can be saved.")
    return title, f"{left} {what_to_do}"


WORDS: dict[str, Callable[[CheckResult], tuple[str, str]]] = {
    "database": _database,
    "migrations": _migrations,
    "queue": _queue,
    "mail_backlog": _mail_backlog,
    "redis": _redis,
    "search": _search,
    "dead_letters": _dead_letters,
    "backup": _backup,
    "disk": _disk,
}
