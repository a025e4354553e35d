"""Two workers at once, as processes, on each database: every reader gets one digest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import db, outbox
from app.lib.dates import utcnow
from app.models import Digest, NotificationGroup, Task
from app.services.messages import notification_choices
from tests.support.commands import CommandLine
from tests.support.factories import make_post, make_user
from tests.support.mail_server import MailServer
from tests.support.notifying import choose, was_sent
from tests.support.sites import open_site

pytestmark = [pytest.mark.server, pytest.mark.slow]
READERS = 12
# As if both workers had found one due, again and again.
JOBS = 8


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    folder = tmp_path / "mails"
    folder.mkdir()
    server = MailServer(folder)
    server.start()
    yield server
    server.kill()


def test_two_workers_send_one_digest_to_each(
    any_database: str, server: MailServer, tmp_path: Path
) -> None:
    settings = {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(server.port)}
    with open_site(tmp_path, DATABASE_URL=any_database, **settings):
        author = make_user("ben")
        readers = [make_user() for _ in range(READERS)]
        for reader in readers:
            choose(reader, "digest", "mention")
            notification_choices.change(reader, {}, 0)
            was_sent(reader, days=2)
            make_post(author, f"@{reader.username} missed this")
        earlier = utcnow() - timedelta(minutes=10)
        db.session.execute(sa.update(NotificationGroup).values(created_at=earlier))
        for _ in range(JOBS):
            outbox.put("queue_digests", {})
        db.session.commit()
        addresses = {reader.email for reader in readers}
        command_line = CommandLine(tmp_path, any_database, settings)
        workers = [command_line.start("worker", "--drain") for _ in range(2)]
        for worker in workers:
            output, _ = worker.communicate(timeout=120)
            assert worker.returncode == 0, output
        db.session.expire_all()
        failed = sa.select(Task.last_error).where(Task.last_error != "")
        assert db.session.scalars(failed).all() == []
        days = db.session.scalars(sa.select(Digest.sent_on)).all()
    assert Counter(mail["To"] for mail in server.mails()) == Counter(addresses)
    assert set(days) == {utcnow().date()}
