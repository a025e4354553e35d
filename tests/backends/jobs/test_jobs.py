"""What every queue must do, with and without Redis."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from app import outbox
from app.backends.jobs import Job, Jobs, get_jobs
from app.backends.jobs.base import JITTER, retry_delay
from app.backends.jobs.database import KILLED, DatabaseJobs
from app.backends.jobs.redis import RedisJobs, RQBridge
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Task
from tests.support.redis_servers import RedisServer

LEASE = timedelta(minutes=1)
AN_HOUR = timedelta(hours=1)


@pytest.fixture(
    params=[
        "database",
        pytest.param("redis", marks=pytest.mark.server),
        pytest.param("redis-away", marks=pytest.mark.server),
    ]
)
def jobs(app: Flask, request: pytest.FixtureRequest) -> Jobs:
    """Each queue in turn; the one with Redis also while Redis is stopped."""
    if request.param == "database":
        return DatabaseJobs(LEASE, attempts=3)
    relay: RQBridge = request.getfixturevalue("relay")
    if request.param == "redis-away":
        server: RedisServer = request.getfixturevalue("redis_server")
        server.stop()
    return RedisJobs(LEASE, 3, relay)


def put(name: str = "greet", **payload: str) -> int:
    task_id = outbox.put(name, payload)
    db.session.commit()
    return task_id


def reload(job_id: int) -> Task:
    db.session.expire_all()
    return db.session.get_one(Task, job_id)


def claim(jobs: Jobs, worker_id: str = "one") -> Job:
    job = jobs.claim(worker_id)
    assert job is not None
    return job


def come_due(job_id: int) -> None:
    db.session.execute(sa.update(Task).where(Task.id == job_id).values(available_at=utcnow()))


def is_about(moment: datetime, expected: timedelta) -> bool:
    ahead = moment - utcnow()
    return expected - timedelta(seconds=5) <= ahead <= expected * (1 + JITTER)


def test_a_job_is_claimed_with_what_it_needs(jobs: Jobs) -> None:
    put(word="hello")
    job = claim(jobs)
    assert (job.name, job.payload, job.attempt) == ("greet", {"word": "hello"}, 1)


def test_the_job_due_longest_comes_first(jobs: Jobs) -> None:
    first, second = put(), put()
    assert [claim(jobs).id, claim(jobs).id] == [first, second]


def test_a_job_is_claimed_by_its_number_once_and_when_it_is_due(jobs: Jobs) -> None:
    later = outbox.put("greet", {}, delay=AN_HOUR)
    _first, second = put(), put()
    job = jobs.claim("one", second)
    assert job is not None
    assert job.id == second
    assert jobs.claim("two", second) is None
    assert jobs.claim("two", later) is None


def test_nothing_is_claimed_before_its_time(jobs: Jobs) -> None:
    outbox.put("greet", {}, delay=AN_HOUR)
    assert jobs.claim("one") is None


def test_a_held_job_is_nobody_elses(jobs: Jobs) -> None:
    put()
    claim(jobs)
    assert jobs.claim("two") is None


def test_a_job_whose_lease_is_over_comes_back(jobs: Jobs) -> None:
    job_id = put()
    claim(jobs)
    come_due(job_id)
    again = claim(jobs, "two")
    assert (again.id, again.attempt) == (job_id, 2)


def test_extending_starts_the_lease_anew(jobs: Jobs) -> None:
    job_id = put()
    job = claim(jobs)
    come_due(job_id)
    assert jobs.renew_lease(job)
    assert is_about(reload(job_id).available_at, LEASE)
    assert jobs.claim("two") is None


def test_a_finished_job_is_over(jobs: Jobs) -> None:
    job_id = put()
    assert jobs.finish(claim(jobs))
    assert reload(job_id).finished_at is not None
    come_due(job_id)
    assert jobs.claim("one") is None


def test_a_job_that_has_ended_itself_may_be_ended_again(jobs: Jobs) -> None:
    put()
    job = claim(jobs)
    assert jobs.finish(job)
    assert jobs.finish(job)
    assert not jobs.fail(job, "too late")


def test_who_lost_the_lease_changes_nothing(jobs: Jobs) -> None:
    job_id = put()
    late = claim(jobs)
    come_due(job_id)
    current = claim(jobs, "two")
    assert not jobs.renew_lease(late)
    assert not jobs.finish(late)
    assert not jobs.fail(late, "too late")
    assert jobs.finish(current)
    assert not jobs.finish(late)


def test_an_earlier_attempt_of_the_same_worker_changes_nothing(jobs: Jobs) -> None:
    job_id = put()
    earlier = claim(jobs)
    come_due(job_id)
    claim(jobs)
    assert not jobs.finish(earlier)


def test_a_failed_job_waits_and_says_why(jobs: Jobs) -> None:
    job_id = put()
    assert jobs.fail(claim(jobs), "first line\nsecond\x1b[31m line")
    task = reload(job_id)
    assert is_about(task.available_at, timedelta(minutes=1))
    assert task.last_error == "first line second[31m line"
    assert task.leased_by is None


def test_an_error_is_kept_short(jobs: Jobs) -> None:
    job_id = put()
    jobs.fail(claim(jobs), "a word " * 200)
    assert len(reload(job_id).last_error) <= 500


def test_a_job_that_keeps_failing_is_set_aside(jobs: Jobs) -> None:
    job_id = put()
    for _ in range(3):
        jobs.fail(claim(jobs), "no luck")
        come_due(job_id)
    task = reload(job_id)
    assert task.failed_at is not None
    assert task.last_error == "no luck"
    assert jobs.claim("one") is None


def test_a_hopeless_job_is_set_aside_at_once(jobs: Jobs) -> None:
    job_id = put()
    jobs.fail(claim(jobs), "no such person", is_permanent=True)
    assert reload(job_id).failed_at is not None


def test_a_job_that_kills_its_workers_is_set_aside(jobs: Jobs) -> None:
    poison = put()
    for _ in range(3):
        assert claim(jobs).id == poison
        come_due(poison)
    harmless = put()
    assert claim(jobs).id == harmless
    assert jobs.claim("one") is None
    task = reload(poison)
    assert (task.attempts, task.leased_by, task.last_error) == (3, None, KILLED)
    assert task.failed_at is not None


def test_a_periodic_job_is_armed_once(jobs: Jobs) -> None:
    jobs.schedule("tidy", AN_HOUR)
    jobs.schedule("tidy", AN_HOUR)
    task = db.session.scalars(sa.select(Task)).one()
    assert (task.name, task.key, task.payload) == ("tidy", "tidy", {})
    assert is_about(task.available_at, AN_HOUR)


def test_a_periodic_job_is_due_again_after_its_interval(jobs: Jobs) -> None:
    jobs.schedule("tidy", timedelta(0))
    job = claim(jobs)
    assert jobs.finish(job, repeat_after=AN_HOUR)
    task = reload(job.id)
    assert (task.finished_at, task.attempts, task.leased_by) == (None, 0, None)
    assert is_about(task.available_at, AN_HOUR)


def test_a_job_that_is_periodic_no_longer_may_become_so_again(jobs: Jobs) -> None:
    jobs.schedule("tidy", timedelta(0))
    assert jobs.finish(claim(jobs))
    jobs.schedule("tidy", timedelta(0))
    assert claim(jobs).key == "tidy"


def test_a_periodic_job_dead_letter_makes_room_for_the_next(jobs: Jobs) -> None:
    jobs.schedule("tidy", timedelta(0))
    dead = claim(jobs)
    jobs.fail(dead, "broken", is_permanent=True)
    jobs.schedule("tidy", timedelta(0))
    assert claim(jobs).id != dead.id
    assert reload(dead.id).failed_at is not None


@pytest.mark.parametrize(
    ("attempt", "minutes"),
    [(1, 1), (2, 5), (3, 30), (4, 60), (5, 120), (8, 960), (9, 1440), (20, 1440), (2000, 1440)],
)
def test_waits_grow_up_to_a_day(attempt: int, minutes: int) -> None:
    least = timedelta(minutes=minutes)
    assert least <= retry_delay(attempt) <= least * (1 + JITTER)


def test_the_settings_choose_lease_and_tries(app: Flask) -> None:
    app.config.update(JOB_LEASE_SECONDS=7, JOB_ATTEMPTS=1)
    job_id = put()
    queue = get_jobs()
    job = queue.claim("one")
    assert job is not None
    assert is_about(reload(job_id).available_at, timedelta(seconds=7))
    queue.fail(job, "once is enough")
    assert reload(job_id).failed_at is not None
