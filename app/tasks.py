"""What the worker can do: each job loads by id, calls a service and commits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

from app.backends.jobs import Job, JobError, get_jobs
from app.backends.mail import MailError
from app.backends.search import SearchError, get_search
from app.extensions import db, mail
from app.services import (
    alerts,
    attempts,
    exports,
    jobs,
    mails,
    notifications,
    passwords,
    posts,
    replays,
    search_changes,
    sessions,
    tokens,
    users,
)

TAKEN_OVER = "Another worker has taken it over."


def send_mail(job: Job) -> None:
    with _mail_errors_fail_the_job():
        message = mails.compose(job.payload)
        # No transaction stays open while we talk to the mail server.
        db.session.commit()
        if message is not None:
            mail.send(message)


def send_alert(job: Job) -> None:
    with _mail_errors_fail_the_job():
        mail.send(alerts.compose(job.payload))


@contextmanager
def _mail_errors_fail_the_job() -> Iterator[None]:
    try:
        yield
    except MailError as error:
        raise JobError(str(error), is_permanent=not error.temporary) from error


def export_posts(job: Job) -> None:
    export_id = job.payload["export_id"]
    if job.attempt > exports.TRIES_MAX:
        exports.give_up(export_id)
        db.session.commit()
        raise JobError("It did not work out in several tries.", is_permanent=True)
    for percent in exports.build(export_id):
        exports.note_progress(export_id, percent)
        if not get_jobs().extend(job, percent):
            raise JobError(TAKEN_OVER)
        db.session.commit()
    db.session.commit()


def tidy_tasks(job: Job) -> None:
    while jobs.tidy():
        db.session.commit()


def mail_password_reset(job: Job) -> None:
    passwords.mail_reset(job.payload["email"])
    # At once with the mail: whoever is killed after it must not mail another link, and end this.
    if not get_jobs().finish(job):
        raise JobError(TAKEN_OVER)
    db.session.commit()


def purge(_job: Job) -> None:
    """Erase what has been kept long enough; each kind in a transaction of its own."""
    for forget in (
        posts.purge,
        users.erase_closed,
        users.release_names,
        sessions.purge,
        tokens.purge,
        replays.purge,
        attempts.purge,
        notifications.purge,
        exports.purge,
    ):
        forget()
        db.session.commit()


def tell_search(job: Job) -> None:
    """Tell the engine what changed, which waits in its own table while the engine is away."""
    try:
        # Only the periodic one makes an index, so that one worker does.
        for _ in search_changes.tell(may_build=job.key is not None):
            # A long way must not outlive the lease.
            if not get_jobs().extend(job):
                return
            db.session.commit()
    except SearchError:
        # No failure of the job, which would wait longer each time and be set aside in the end.
        db.session.rollback()


TASKS: dict[str, Callable[[Job], None]] = {
    "export_posts": export_posts,
    "mail_password_reset": mail_password_reset,
    "purge": purge,
    "send_alert": send_alert,
    "send_mail": send_mail,
    "tell_search": tell_search,
    "tidy_tasks": tidy_tasks,
}

# Each runs once per interval, however many workers there are.
PERIODIC: dict[str, timedelta] = {
    "purge": timedelta(hours=1),
    "tidy_tasks": timedelta(hours=1),
}
# Only where there is an engine to tell. So long it may be behind after it was away.
TELLING = {"tell_search": timedelta(seconds=5)}


def periodic() -> Mapping[str, timedelta]:
    """The periodic jobs of the current app."""
    return PERIODIC | TELLING if get_search().is_told else PERIODIC
