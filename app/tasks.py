"""The tasks that the worker runs: each loads by id, calls a service and commits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from app.backends.jobs import Job, JobError, get_jobs
from app.backends.mail import MailError, Message
from app.backends.search import SearchError, get_search
from app.extensions import db, mail
from app.services.accounts import (
    accounts,
    applications,
    blocklist,
    invitations,
    passkeys,
    passwords,
    security_events,
    sessions,
    setup,
    tokens,
    two_factor,
)
from app.services.community import filters, follow_requests, mutes
from app.services.data import exports, submissions
from app.services.messages import digests, mails, notification_mails, notifications
from app.services.moderation import cases, enforcement
from app.services.posts import drafts, posts, schedules, search_index
from app.services.site import alerts, announcements, audit, figures, jobs, rate_limits

TAKEN_OVER = "Another worker has taken the job over."


def send_mail(job: Job) -> None:
    _send(job, mails.compose)


def mail_notification(job: Job) -> None:
    _send(job, partial(notification_mails.compose, is_retry=job.attempt > 1))


def mail_digest(job: Job) -> None:
    _send(job, notification_mails.compose_digest)


def _send(job: Job, compose: Callable[[dict[str, Any]], Message | None]) -> None:
    with _mail_errors_fail_the_job():
        message = compose(job.payload)
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
    if job.attempt > exports.ATTEMPTS_MAX:
        exports.fail(export_id)
        db.session.commit()
        raise JobError("The export failed several times.", is_permanent=True)
    for percent in exports.build(export_id):
        exports.set_progress(export_id, percent)
        if not get_jobs().renew_lease(job, percent):
            raise JobError(TAKEN_OVER)
        db.session.commit()
    db.session.commit()


def purge_tasks(_job: Job) -> None:
    while jobs.purge():
        db.session.commit()


def mail_password_reset(job: Job) -> None:
    passwords.mail_reset(job.payload["email"])
    # In the same transaction as the email, so that a retry cannot send another link.
    if not get_jobs().finish(job):
        raise JobError(TAKEN_OVER)
    db.session.commit()


def purge(_job: Job) -> None:
    """Erase everything past its retention period; each kind in a transaction of its own.

    Secrets move to the newest key.
    """
    for purge_kind in (
        posts.purge,
        drafts.purge,
        accounts.erase_closed,
        accounts.erase_unconfirmed,
        applications.erase_unanswered,
        accounts.release_names,
        sessions.purge,
        tokens.purge,
        invitations.purge,
        blocklist.purge,
        security_events.purge,
        passkeys.purge,
        two_factor.reencrypt,
        submissions.purge,
        rate_limits.purge,
        notifications.purge,
        mutes.purge,
        follow_requests.purge,
        filters.purge,
        exports.purge,
        cases.purge,
        audit.purge,
        setup.purge,
        figures.purge,
        announcements.purge,
    ):
        purge_kind()
        db.session.commit()


def mail_applications(_job: Job) -> None:
    applications.notify_staff()
    db.session.commit()


def mail_cases(_job: Job) -> None:
    cases.notify_staff()
    db.session.commit()


def queue_digests(_job: Job) -> None:
    while digests.queue_due():
        db.session.commit()


def publish_scheduled(_job: Job) -> None:
    """Publish what is due. One that cannot be published does not hold up the others."""
    failed = {}
    for draft_id in schedules.due():
        try:
            schedules.publish(draft_id)
            db.session.commit()
        except Exception as error:  # noqa: BLE001 (whatever it is, the job fails below)
            db.session.rollback()
            failed[draft_id] = error
    if failed:
        raise JobError(f"Drafts that could not be published: {failed}")


def end_decisions(_job: Job) -> None:
    """End the suspensions and silences whose time is over."""
    while enforcement.end_expired():
        db.session.commit()


def count_figures(job: Job) -> None:
    """Count the day that ended, and who has been active today, which later cannot be known."""
    for _ in figures.record():
        # The first time counts many days.
        if not get_jobs().renew_lease(job):
            raise JobError(TAKEN_OVER)
        db.session.commit()


def sync_search(job: Job) -> None:
    """Send queued changes to the search engine; they stay queued while it is unavailable."""
    try:
        # Only the periodic job builds an index, so that one worker does.
        for _ in search_index.sync(may_build=job.key is not None):
            # A long backlog must not outlive the lease.
            if not get_jobs().renew_lease(job):
                return
            db.session.commit()
    except SearchError:
        # Not a failure of the job: its retries would back off and end as a dead letter.
        db.session.rollback()


TASKS: dict[str, Callable[[Job], None]] = {
    "count_figures": count_figures,
    "export_posts": export_posts,
    "end_decisions": end_decisions,
    "mail_applications": mail_applications,
    "mail_cases": mail_cases,
    "mail_digest": mail_digest,
    "mail_notification": mail_notification,
    "mail_password_reset": mail_password_reset,
    "publish_scheduled": publish_scheduled,
    "purge": purge,
    "queue_digests": queue_digests,
    "send_alert": send_alert,
    "send_mail": send_mail,
    "sync_search": sync_search,
    "purge_tasks": purge_tasks,
}

# Each runs once per interval, however many workers there are.
PERIODIC: dict[str, timedelta] = {
    # That late somebody is seen again, at most.
    "end_decisions": timedelta(minutes=1),
    # That late what was scheduled is published, at most.
    "publish_scheduled": timedelta(minutes=1),
    "count_figures": timedelta(minutes=15),
    "mail_applications": timedelta(hours=1),
    "mail_cases": timedelta(hours=1),
    # That late a digest comes, at most.
    "queue_digests": timedelta(minutes=5),
    "purge": timedelta(hours=1),
    "purge_tasks": timedelta(hours=1),
}
# Only if the engine needs it. This is its maximum lag after an outage.
SEARCH_SYNC = {"sync_search": timedelta(seconds=5)}


def periodic() -> Mapping[str, timedelta]:
    """The periodic jobs of the current app."""
    return PERIODIC | SEARCH_SYNC if get_search().needs_sync else PERIODIC
