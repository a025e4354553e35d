"""A scheduled post while workers find it due or are killed, and its author presses the button."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.lib.dates import utcnow
from tests.races.test_races import Name
from tests.support.live import ROOT, LiveBrowser, LiveServer

pytestmark = [pytest.mark.server, pytest.mark.slow]

# What a worker does once a minute. It says that it is ready, so that all begin together.
RUN = """
from app import create_app
from app.tasks import TASKS
from app.backends.jobs import Job
app = create_app()
print("ready", flush=True)
input()
with app.app_context():
    TASKS["publish_scheduled"](Job(0, "publish_scheduled", {}, None, 1, "test"))
print("done", flush=True)
"""
MINE = '(SELECT id FROM "user" WHERE username = :name)'
DUE = sa.text(f"UPDATE draft SET publish_at = :at WHERE author_id = {MINE}")  # noqa: S608
DRAFTS = f"SELECT count(*) FROM draft WHERE author_id = {MINE}"  # noqa: S608
POSTS = f"SELECT count(*) FROM post WHERE author_id = {MINE}"  # noqa: S608
COUNTED = 'SELECT posts_count FROM "user" WHERE username = :name'
NUMBER = f"SELECT max(id) FROM draft WHERE author_id = {MINE}"  # noqa: S608


@pytest.fixture
def server(any_live_server: LiveServer) -> LiveServer:
    return any_live_server


def plan(author: LiveBrowser, server: LiveServer, name: str, *texts: str) -> str:
    """Schedule a thread, and let its time come. Returns the address of the draft."""
    day = (utcnow() + timedelta(days=2)).date().isoformat()
    more = {f"more-{number}": text for number, text in enumerate(texts[1:])}
    chosen = {"publish_on": day, "publish_time": "10:00"}
    answer = author.send("/write", "/index", post=texts[0], **more, **chosen)
    assert answer.status == 302, answer.body
    with server.engine.begin() as connection:
        connection.execute(DUE, {"at": utcnow() - timedelta(minutes=1), "name": name})
    return f"/draft/{server.value(NUMBER, name=name)}"


def start_worker(server: LiveServer) -> subprocess.Popen[str]:
    worker = subprocess.Popen(
        [sys.executable, "-c", RUN],
        cwd=ROOT,
        env=server.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout is not None and worker.stdout.readline() == "ready\n"
    return worker


def let_go(worker: subprocess.Popen[str]) -> None:
    assert worker.stdin is not None
    worker.stdin.write("\n")
    worker.stdin.flush()


def test_several_workers_and_the_button_publish_it_once(server: LiveServer, own_name: Name):
    name = own_name("sam")
    author = server.browser().join(name)
    path = plan(author, server, name, "Closed on Friday", "and on Saturday")
    form = author.fill(path, f"{path}/publish", publish_on="", publish_time="")
    workers = [start_worker(server) for _ in range(4)]
    try:
        for worker in workers:
            let_go(worker)
        statuses = server.at_once([(author, f"{path}/publish", form)] * 4)
        assert [worker.wait(30) for worker in workers] == [0] * 4
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()
    assert set(statuses) <= {302, 404}
    assert server.value(DRAFTS, name=name) == 0
    assert server.value(POSTS, name=name) == 2 == server.value(COUNTED, name=name)


def test_a_worker_that_is_killed_leaves_no_half_thread(server: LiveServer, own_name: Name):
    name = own_name("tam")
    author = server.browser().join(name)
    texts = [f"Part {number} of the story" for number in range(10)]
    plan(author, server, name, *texts)
    for pause in (0.01, 0.03, 0.06, 0.1):
        worker = start_worker(server)
        let_go(worker)
        time.sleep(pause)
        worker.kill()
        worker.communicate()
        # All or nothing, at whichever step it was.
        count = server.value(POSTS, name=name)
        assert (count, server.value(DRAFTS, name=name)) in {(0, 1), (10, 0)}
    worker = start_worker(server)
    let_go(worker)
    assert worker.wait(30) == 0
    worker.communicate()
    assert server.value(POSTS, name=name) == 10 == server.value(COUNTED, name=name)
    assert server.value(DRAFTS, name=name) == 0
