"""Rows on their way through Redis: handed over, lost, found again, and done once."""

from __future__ import annotations

import json
import signal
import time
import zlib
from datetime import timedelta

import pytest
import sqlalchemy as sa
from rq.job import Job as RQJob
from rq.serializers import JSONSerializer

from app import outbox
from app.backends import redis
from app.backends.jobs.redis import RedisJobs, RQBridge
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Task, User
from app.services.messages import mails
from tests.backends.conftest import Postbox, Serve
from tests.backends.jobs.conftest import DEADLINE_SECONDS, Site, SlowPostbox, wait_until
from tests.support.factories import make_user
from tests.support.redis_servers import RedisServer

AN_HOUR = timedelta(hours=1)


@pytest.fixture
def jobs(relay: RQBridge) -> RedisJobs:
    return RedisJobs(AN_HOUR, 3, relay)


def put(name: str = "purge_tasks") -> int:
    task_id = outbox.put(name, {})
    db.session.commit()
    return task_id


def claim(jobs: RedisJobs) -> int | None:
    job = jobs.claim("one")
    db.session.commit()
    return job.id if job else None


def left() -> int:
    """How many jobs are not done; periodic ones do not count."""
    open_rows = sa.select(sa.func.count(Task.id)).where(Task.finished_at.is_(None))
    count = db.session.scalar(open_rows.where(Task.key.is_(None)))
    db.session.commit()
    return int(count or 0)


def test_a_committed_row_is_handed_over_as_a_number_in_json(relay: RQBridge) -> None:
    task_id = put()
    rq_job = RQJob.fetch(f"task-{task_id}", relay.server.client, serializer=JSONSerializer)
    assert (rq_job.func_name, rq_job.args) == ("microblog.run_task", [task_id])
    assert (rq_job.timeout, rq_job.result_ttl, rq_job.retries_left) == (3600, 0, 2)
    data = relay.server.client.hget(rq_job.key, "data")
    assert json.loads(zlib.decompress(data)) == ["microblog.run_task", None, [task_id], {}]


def test_rows_are_handed_over_by_the_outer_commit_alone(relay: RQBridge) -> None:
    outbox.put("purge_tasks", {})
    with db.session.begin_nested():
        outbox.put("purge_tasks", {})
    assert relay.queue.count == 0
    db.session.commit()
    assert relay.queue.count == 2
    db.session.commit()
    assert relay.queue.count == 2


def test_what_is_rolled_back_is_not_handed_over(relay: RQBridge) -> None:
    outbox.put("purge_tasks", {})
    db.session.rollback()
    db.session.commit()
    assert relay.queue.count == 0


def test_what_waits_for_its_time_is_not_handed_over(relay: RQBridge) -> None:
    outbox.put("purge_tasks", {}, delay=AN_HOUR)
    db.session.commit()
    assert relay.queue.count == 0


def test_a_row_handed_over_twice_is_done_once(jobs: RedisJobs, relay: RQBridge) -> None:
    task_id = put()
    relay.enqueue([task_id])
    assert claim(jobs) == task_id
    assert relay.queue.count == 1
    assert claim(jobs) is None
    assert relay.queue.count == 0


def test_rows_that_redis_lost_are_handed_over_again(
    jobs: RedisJobs, relay: RQBridge, redis_server: RedisServer
) -> None:
    ids = [put() for _ in range(3)]
    redis_server.forget()
    assert claim(jobs) == ids[0]
    assert relay.queued_ids() is None
    assert sorted(relay.queue.job_ids) == [f"task-{task_id}" for task_id in ids[1:]]


def test_rows_that_wait_in_redis_are_not_handed_over_again(
    jobs: RedisJobs, relay: RQBridge
) -> None:
    for _ in range(3):
        put()
    claim(jobs)
    assert relay.queue.count == 2


def test_a_crowd_of_rows_is_handed_over_in_parts(
    jobs: RedisJobs, relay: RQBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.backends.jobs.redis.ENQUEUE_BATCH", 3)
    ids = [outbox.put("purge_tasks", {}) for _ in range(5)]
    db.session.commit()
    assert relay.queue.job_ids == [f"task-{task_id}" for task_id in ids[:3]]
    assert [claim(jobs) for _ in ids] == ids
    assert claim(jobs) is None


def test_a_failed_row_comes_back_when_its_time_has_come(jobs: RedisJobs, relay: RQBridge) -> None:
    task_id = put()
    job = jobs.claim("one")
    assert job is not None
    jobs.fail(job, "no luck")
    db.session.commit()
    assert claim(jobs) is None
    db.session.execute(sa.update(Task).values(available_at=utcnow()))
    assert claim(jobs) == task_id


def test_something_foreign_in_the_queue_harms_nobody(jobs: RedisJobs, relay: RQBridge) -> None:
    relay.server.client.rpush(relay.queue.key, "a9f0", "task-x", "task-" + "9" * 30)
    task_id = put()
    assert [claim(jobs) for _ in range(4)] == [task_id, None, None, None]
    assert relay.queue.count == 0


@pytest.mark.parametrize("fault", ["stop", "freeze"])
def test_without_redis_a_commit_hardly_waits_and_nothing_is_lost(
    jobs: RedisJobs,
    relay: RQBridge,
    redis_server: RedisServer,
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put()
    getattr(redis_server, fault)()
    begun = time.monotonic()
    ids = [put() for _ in range(20)]
    # One of them waited for Redis, not each of the twenty; a busy machine takes part of the rest.
    assert time.monotonic() - begun < 10 * redis.RESPONSE_SECONDS
    assert claim(jobs) == min(ids) - 1

    redis_server.thaw()
    redis_server.start()
    redis_server.forget()
    monkeypatch.setattr(relay.server.breaker, "_next_try", time.monotonic())
    assert [claim(jobs) for _ in ids] == ids
    assert claim(jobs) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    "config", [(), ("--config", "deployment.rq_settings")], ids=["bare", "configured"]
)
def test_an_rq_worker_does_what_was_handed_over(
    redis_site: Site, relay: RQBridge, config: tuple[str, ...]
) -> None:
    put()
    lost = put()
    relay.queue.remove(f"task-{lost}")
    assert redis_site.start_rq("--burst", *config).wait(DEADLINE_SECONDS) == 0
    assert left() == 0
    assert relay.queue.count == relay.queue.failed_job_registry.count == 0


@pytest.mark.slow
def test_a_killed_rq_worker_leaves_its_job_to_the_others(
    redis_site: Site, serve: Serve, ana: User
) -> None:
    box = SlowPostbox()
    redis_site.environ["MAIL_PORT"] = str(serve(box))
    mails.queue("password_changed", ana)
    worker = redis_site.start_rq("--worker-class", "rq.SimpleWorker")
    assert box.has_begun.wait(DEADLINE_SECONDS)
    worker.kill()
    assert worker.wait(DEADLINE_SECONDS) == -signal.SIGKILL
    assert left() == 1

    box.is_released.set()
    redis_site.start()
    wait_until(lambda: left() == 0)
    assert 1 <= len(box.mails) <= 2
    assert len({str(mail["Message-ID"]) for mail in box.mails}) == 1


@pytest.mark.slow
def test_a_worker_goes_on_whatever_happens_to_redis(
    redis_site: Site, redis_server: RedisServer, serve: Serve, box: Postbox
) -> None:
    redis_site.environ |= {"MAIL_PORT": str(serve(box)), "JOB_LEASE_SECONDS": "60"}

    def some_are_sent() -> None:
        # Not to one, who would get no more than a few a day.
        for _ in range(3):
            mails.queue("password_changed", make_user())
        db.session.commit()
        wait_until(lambda: left() == 0)

    redis_server.stop()
    worker = redis_site.start()
    some_are_sent()
    redis_server.start()
    some_are_sent()
    redis_server.freeze()
    some_are_sent()
    redis_server.thaw()
    redis_server.forget()
    some_are_sent()
    worker.terminate()
    assert worker.wait(DEADLINE_SECONDS) == 0
    assert len(box.mails) == len({str(mail["Message-ID"]) for mail in box.mails}) == 12
