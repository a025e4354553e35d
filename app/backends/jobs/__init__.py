"""Deferred work: the configured queue."""

from datetime import timedelta

from flask import current_app

from app.backends.jobs.base import Job, JobError, Jobs
from app.backends.jobs.database import DatabaseJobs

__all__ = ["Job", "JobError", "Jobs", "get_jobs"]


def get_jobs() -> Jobs:
    """The queue of the current app: with REDIS_URL through Redis, else the database alone."""
    config = current_app.config
    lease = timedelta(seconds=config["JOB_LEASE_SECONDS"])
    if make := current_app.extensions.get("redis_jobs"):
        queue: Jobs = make(lease, config["JOB_ATTEMPTS"])
        return queue
    return DatabaseJobs(lease, config["JOB_ATTEMPTS"])
