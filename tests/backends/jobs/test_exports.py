"""An archive whose worker dies: real processes, and one archive, one mail all the same."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from datetime import timedelta
from zipfile import ZipFile

import pytest
import sqlalchemy as sa
from rq.exceptions import NoSuchJobError
from rq.job import Job as RQJob
from rq.serializers import JSONSerializer

from app.backends.jobs.redis import RQBridge
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Export, Post, Task, User
from app.services.data import exports
from tests.backends.jobs.conftest import Site, wait_until

pytestmark = [pytest.mark.server, pytest.mark.slow]

POSTS = 10_000


def add_posts(author: User) -> None:
    moment = utcnow() - timedelta(days=30)
    rows = [
        {
            "author_id": author.id,
            "body": f"Post number {number}",
            "html": f"<p>Post number {number}</p>",
            "visibility": "public",
            "created_at": moment + timedelta(seconds=number),
        }
        for number in range(POSTS)
    ]
    db.session.execute(sa.insert(Post), rows)
    author.posts_count = POSTS


def progress_of(export_id: int) -> int:
    value = db.session.scalars(sa.select(Export.progress).where(Export.id == export_id)).one()
    # Not a moment longer than needed: the workers want to write.
    db.session.commit()
    return value


def is_whole(export_id: int) -> bool:
    """Whether the archive has every post, once; its files are then cleared away."""
    path = exports.path_of(export_id)
    with ZipFile(path) as zipped:
        is_whole = zipped.testzip() is None
        is_whole &= zipped.read("posts.json").count(b'"body"') == POSTS
    for file in path.parent.iterdir():
        file.unlink()
    return is_whole


def test_a_worker_killed_in_the_middle_loses_no_archive(any_site: Site, ana: User) -> None:
    add_posts(ana)
    export_id = exports.start(ana).id
    db.session.commit()
    worker = any_site.start()
    wait_until(lambda: progress_of(export_id) > 0)
    os.kill(worker.pid, signal.SIGSTOP)
    assert 0 < progress_of(export_id) < 100
    worker.kill()
    worker.wait()
    assert len(list(exports.path_of(export_id).parent.glob("*.part"))) == 1
    db.session.execute(sa.update(Task).values(available_at=utcnow()))
    db.session.commit()
    any_site.drain()
    db.session.expire_all()
    assert progress_of(export_id) == 100
    assert is_whole(export_id)
    mails = sa.select(sa.func.count()).where(Task.name == "send_mail")
    assert db.session.scalars(mails).one() == 1


def test_rq_shows_how_far_an_archive_is(redis_site: Site, relay: RQBridge, ana: User) -> None:
    add_posts(ana)
    redis_site.start_rq()
    # On a busy machine an archive may be made between two looks.
    assert any(shown_while_made(relay, ana) for _ in range(5))


def shown_while_made(relay: RQBridge, owner: User) -> set[int]:
    """What RQ showed, between nothing and all, while an archive was made."""
    export = exports.start(owner)
    export_id, parcel_id = export.id, f"task-{export.task_id}"
    db.session.commit()
    rq_job = RQJob(parcel_id, relay.server.client, serializer=JSONSerializer)
    seen: set[int] = set()

    def is_made() -> bool:
        with suppress(NoSuchJobError):
            rq_job.refresh()
            seen.add(int(rq_job.meta.get("progress", 0)))
        return progress_of(export_id) == 100

    wait_until(is_made)
    assert is_whole(export_id)
    return seen - {0, 100}
