"""A suspension reaches every web process with the next request."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from app import db
from app.models import Export, Task, User
from app.services.data import exports
from tests.support.contents import open_at
from tests.support.factories import make_token
from tests.support.live import LiveBrowser, LiveServer
from tests.support.moderation import decide

pytestmark = [pytest.mark.server, pytest.mark.slow]
# So many requests that no process is left out.
TIMES = 40


class Program(LiveBrowser):
    """A client of the API."""

    secret = ""

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}


def test_sessions_tokens_and_a_queued_archive_end_in_every_process(
    any_live_server: LiveServer, tmp_path: Path
) -> None:
    server = any_live_server
    browser, program = server.browser().join("suspect"), Program(server.port)
    url = server.engine.url.render_as_string(hide_password=False)
    with open_at(tmp_path, url):
        person = db.session.scalars(User.named("suspect")).one()
        program.secret = make_token(person).secret
        exports.start(person)
        db.session.commit()
    assert {browser.get("/index").status for _ in range(TIMES)} == {200}
    assert {program.get("/api/me").status for _ in range(TIMES)} == {200}
    with open_at(tmp_path, url):
        decide(db.session.scalars(User.named("suspect")).one(), "suspend")
        for table in (Export.id, Task.id):
            theirs = sa.select(sa.func.count(table))
            if table is Task.id:
                theirs = theirs.where(Task.name == "export_posts")
            assert db.session.scalar(theirs) == 0
    answers = [browser.get("/index") for _ in range(TIMES)]
    assert {answer.status for answer in answers} == {302}
    assert all("/auth/login" in answer.headers["Location"] for answer in answers)
    assert {program.get("/api/me").status for _ in range(TIMES)} == {401}
