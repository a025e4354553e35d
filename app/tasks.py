"""What the worker can do: each job loads by id, calls a service and commits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

from app.backends.jobs import Job, JobError
from app.backends.mail import MailError, get_mailer
from app.extensions import db
from app.services import (
    alerts,
    attempts,
    jobs,
    mails,
    notifications,
    passwords,
    posts,
    replays,
    sessions,
    tokens,
    users,
)


def send_mail(job: Job) -> None:
    message = mails.compose(job.payload)
    # No transaction stays open while we talk to the mail server.
    db.session.commit()
    if message is not None:
        _deliver(message)


def send_alert(job: Job) -> None:
    _deliver(alerts.compose(job.payload))


def _deliver(message: EmailMessage) -> None:
    try:
        get_mailer().send(message)
    except MailError as error:
        raise JobError(str(error), is_permanent=not error.temporary) from error


def tidy_tasks(job: Job) -> None:
    while jobs.tidy():
        db.session.commit()


def mail_password_reset(job: Job) -> None:
    passwords.mail_reset(job.payload["email"])
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
    ):
        forget()
        db.session.commit()


TASKS: dict[str, Callable[[Job], None]] = {
    "mail_password_reset": mail_password_reset,
    "purge": purge,
    "send_alert": send_alert,
    "send_mail": send_mail,
    "tidy_tasks": tidy_tasks,
}

# Each runs once per interval, however many workers there are.
PERIODIC: dict[str, timedelta] = {
    "purge": timedelta(hours=1),
    "tidy_tasks": timedelta(hours=1),
}
