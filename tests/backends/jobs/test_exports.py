"""An archive whose worker dies: real processes, and one archive, one mail all the same."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack
from datetime import timedelta
from zipfile import ZipFile

import pytest
import sqlalchemy as sa
from flask import Flask

from app.extensions import db
from app.lib.dates import utcnow
from app.models import Export, Post, Task, User
from app.services import exports
from tests.backends.jobs.test_processes import Site, wait_until

pytestmark = pytest.mark.slow

POSTS = 20_000


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


def progress() -> int:
    value = db.session.scalars(sa.select(Export.progress)).one()
    # Not a moment longer than needed: the workers want to write.
    db.session.commit()
    return value


def test_a_worker_killed_in_the_middle_loses_no_archive(app: Flask, ana: User) -> None:
    add_posts(ana)
    export_id = exports.start(ana).id
    db.session.commit()
    with ExitStack() as stack:
        site = Site(app, stack)
        worker = site.start()
        wait_until(lambda: progress() > 0)
        os.kill(worker.pid, signal.SIGSTOP)
        assert 0 < progress() < 100
        worker.kill()
        worker.wait()
        left_behind = list(exports.path_of(export_id).parent.glob("*.part"))
        assert len(left_behind) == 1
        db.session.execute(sa.update(Task).values(available_at=utcnow()))
        db.session.commit()
        site.drain()
    db.session.expire_all()
    assert progress() == 100
    with ZipFile(exports.path_of(export_id)) as zipped:
        assert zipped.testzip() is None
        assert zipped.read("posts.json").count(b'"body"') == POSTS
    mails = sa.select(sa.func.count()).where(Task.name == "send_mail")
    assert db.session.scalars(mails).one() == 1
    for file in (*left_behind, exports.path_of(export_id)):
        file.unlink()
