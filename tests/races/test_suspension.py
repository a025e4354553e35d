"""A suspension reaches every web process with the next request."""

from __future__ import annotations

from pathlib import Path

import pytest

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
        export = exports.start(person)
        db.session.commit()
        export_id, task_id = export.id, export.task_id
    assert {browser.get("/index").status for _ in range(TIMES)} == {200}
    assert {program.get("/api/me").status for _ in range(TIMES)} == {200}
    with open_at(tmp_path, url):
        decide(db.session.scalars(User.named("suspect")).one(), "suspend")
        # Other tests have left theirs on this server.
        assert db.session.get(Export, export_id) is None
        assert db.session.get(Task, task_id) is None
    answers = [browser.get("/index") for _ in range(TIMES)]
    assert {answer.status for answer in answers} == {302}
    assert all("/auth/login" in answer.headers["Location"] for answer in answers)
    assert {program.get("/api/me").status for _ in range(TIMES)} == {401}
