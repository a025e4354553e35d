"""The worker: claims jobs one by one and runs each, until it is asked to stop."""

from __future__ import annotations

import logging
import os
import signal
import socket
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import chain, repeat
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType
from typing import TypeVar

from flask import Flask, g
from sqlalchemy.exc import DBAPIError

from app.backends.jobs import Job, JobError, Jobs, get_jobs
from app.extensions import db
from app.lib.log_events import event_fields, log_event
from app.lib.text import one_line
from app.lib.tokens import random_token
from app.services.site import site_settings
from app.tasks import TASKS, periodic
from app.telemetry.alerts import alert

POLL_SECONDS = 0.5
SCHEDULE_SECONDS = 60
# Backoff between attempts to reach a database that is down.
OUTAGE_SECONDS = (1, 2, 5, 10, 30)
HOST_MAX = 64

T = TypeVar("T")
log = logging.getLogger(__name__)


class Stop:
    """Whether SIGTERM or SIGINT was received, and a wait that either one interrupts."""

    def __init__(self) -> None:
        self.is_asked = False
        # A signal handler may call put during get; threading.Event's lock is not reentrant.
        self._wake_up: SimpleQueue[None] = SimpleQueue()

    def ask(self, signum: int, _frame: FrameType | None) -> None:
        self.is_asked = True
        self._wake_up.put(None)
        # A second signal ends the process; the job is retried after its lease expires.
        signal.signal(signum, signal.SIG_DFL)

    def wait(self, seconds: float) -> None:
        if not self.is_asked:
            with suppress(Empty):
                self._wake_up.get(timeout=seconds)

    @contextmanager
    def listening(self) -> Iterator[None]:
        before = {number: signal.signal(number, self.ask) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Worker:
    """Runs jobs, each in an app context and so a database session of its own."""

    def __init__(self, app: Flask, stop: Stop, *, is_patient: bool) -> None:
        self.app = app
        self.stop = stop
        self.is_patient = is_patient
        host = socket.gethostname()[:HOST_MAX]
        # Process ids are reused, in containers immediately; the random part is not.
        self.worker_id = f"{host}:{os.getpid()}:{random_token(6)}"

    def run(self) -> None:
        """Work until asked to stop."""
        schedule_at = 0.0
        while not self.stop.is_asked:
            if time.monotonic() >= schedule_at:
                self.schedule()
                schedule_at = time.monotonic() + SCHEDULE_SECONDS
            if not self.step():
                self.stop.wait(POLL_SECONDS)

    def drain(self) -> None:
        """Work until nothing is due."""
        self.schedule()
        while not self.stop.is_asked and self.step():
            pass

    def schedule(self) -> None:
        """Ensure that every periodic job has its row."""

        def work(jobs: Jobs) -> None:
            for key, interval in periodic().items():
                jobs.schedule(key, interval)

        self._commit_with_retry(work)

    def step(self, job_id: int | None = None) -> bool:
        """Claim a job (`job_id` or any), run it, record the outcome. False if none was due."""
        job = self._commit_with_retry(lambda jobs: jobs.claim(self.worker_id, job_id))
        if job is None:
            return False
        started = time.monotonic()
        error = run_job(self.app, job)
        elapsed = round((time.monotonic() - started) * 1000)
        if error is None:
            is_recorded = self._commit_with_retry(lambda jobs: jobs.finish(job, _interval_of(job)))
            facts = event_fields("job_done", job_id=job.id, job=job.name, ms=elapsed)
            log.info("job %d %s done in %d ms", job.id, job.name, elapsed, extra=facts)
        else:
            text, is_permanent = str(error), error.is_permanent
            is_recorded = self._commit_with_retry(
                lambda jobs: jobs.fail(job, text, is_permanent=is_permanent)
            )
            facts = event_fields(
                "job_failed", job_id=job.id, job=job.name, attempt=job.attempt, ms=elapsed
            )
            facts["facts"]["error"] = text
            args = (job.id, job.name, job.attempt, text)
            log.warning("job %d %s failed, attempt %d: %s", *args, extra=facts)
        if not is_recorded:
            log.warning("job %d %s outlived its lease and may run again", job.id, job.name)
        return True

    def _commit_with_retry(self, work: Callable[[Jobs], T]) -> T | None:
        """Do `work` in a transaction. While the database is down, wait and retry.

        Returns None if asked to stop during the outage. Without `is_patient`, it raises instead.
        """
        wait = 0
        waits = chain(OUTAGE_SECONDS, repeat(OUTAGE_SECONDS[-1]))
        while True:
            try:
                with self.app.app_context():
                    result = work(get_jobs())
                    db.session.commit()
                if wait:
                    log_event("dependency_up", dependency="database")
                return result
            except DBAPIError as error:
                if not self.is_patient:
                    raise
                wait = next(waits)
                # One line, without a traceback: this repeats throughout the outage.
                text = one_line(str(error.orig))
                facts = event_fields(
                    "dependency_down", dependency="database", error=text, next_try=wait
                )
                message = "the database cannot be used, next try in %d s: %s"
                log.warning(message, wait, text, extra=facts)
            self.stop.wait(wait)
            if self.stop.is_asked:
                return None


def run_task(app: Flask, task_id: int) -> None:
    """Run the job of the row `task_id`, if it is due and not claimed."""
    Worker(app, Stop(), is_patient=False).step(task_id)


def run_job(app: Flask, job: Job) -> JobError | None:
    """Run `job`. Returns the error, with a text that is safe to store."""
    try:
        with app.app_context():
            g.job_id = job.id
            task = TASKS.get(job.name)
            if task is None:
                raise JobError(f"There is no job named {job.name}.")
            site_settings.refresh_now()
            task(job)
    except JobError as error:
        return error
    except Exception as error:  # The only broad except: no job may crash the worker.
        facts = event_fields("job_crashed", job_id=job.id, job=job.name)
        log.exception("job %d %s failed", job.id, job.name, extra=facts)
        alert(app, error, f"job {job.name}", f"job {job.id}")
        return JobError(_error_location(error))
    return None


def _error_location(error: Exception) -> str:
    """The type and location of `error`; its text could contain a secret."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    path = Path(frame.filename)
    return f"{type(error).__name__} at {path.parent.name}/{path.name}:{frame.lineno}"


def _interval_of(job: Job) -> timedelta | None:
    # A job without a key failed and was retried by hand; its successor is already scheduled.
    return periodic().get(job.name) if job.key else None
