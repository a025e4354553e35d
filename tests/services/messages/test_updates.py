"""What is new for somebody: counts, moments and the archive, in one statement."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import db
from app.lib.dates import utcnow
from app.models import Export, NotificationGroup, Participation, Task
from app.services.data import exports
from app.services.messages import messages, notifications, updates
from tests.support.factories import make_message
from tests.support.pages import counted_statements


def test_somebody_new_has_nothing_to_read(ana):
    assert updates.updates_of(ana) == updates.Updates(0, None, 0, None, None)
    assert updates.updates_of(ana).running_export is None
    assert updates.since(ana, 0) == []


def test_everything_that_is_new_is_one_statement(ana, ben, cleo):
    for sender in (ben, ben, cleo):
        make_message(sender, ana)
    make_message(ana, ben)
    notifications.export(ana.id, "failed")
    export = exports.start(ana)
    notifications.export(ben.id, "failed")
    db.session.commit()
    with counted_statements() as ran:
        new = updates.updates_of(ana)
        assert (new.messages, new.notifications) == (3, 1)
        assert (new.running_export.id, new.export.state) == (export.id, "waiting")
    assert len(ran) == 1


def test_reading_is_a_change_too(ana, ben):
    message = make_message(ben, ana)
    notifications.export(ana.id, "ready")
    then = utcnow() - timedelta(hours=1)
    db.session.execute(sa.update(Participation).values(changed_at=then))
    db.session.execute(sa.update(NotificationGroup).values(created_at=then))
    assert updates.since(ana, then.timestamp()) == []
    messages.mark_read(ana, ben, message.id)
    notifications.mark_read(ana, 10**9)
    changes = updates.since(ana, then.timestamp())
    assert {change["name"]: change["data"] for change in changes} == {
        "unread_message_count": 0,
        "unread_notification_count": 0,
    }


@pytest.mark.parametrize(
    ("change", "state"),
    [({"finished_at": utcnow()}, "ready"), ({"failed_at": utcnow()}, "failed")],
)
def test_an_archive_that_is_ready_or_failed_is_not_running(ana, change, state):
    exports.start(ana)
    model = Export if "finished_at" in change else Task
    db.session.execute(sa.update(model).values(**change))
    db.session.expire_all()
    new = updates.updates_of(ana)
    assert (new.export.state, new.running_export) == (state, None)


def test_the_archive_requested_last_is_the_one_that_counts(ana):
    older = exports.start(ana)
    older.finished_at = utcnow()
    newer = exports.start(ana)
    assert updates.updates_of(ana).export is newer


def test_changes_come_oldest_first_and_only_those_after_the_moment(ana, ben):
    export = exports.start(ana)
    notifications.export(ana.id, "failed")
    make_message(ben, ana)
    now = utcnow()
    moments = {Participation.changed_at: 3, Export.progress_at: 2, NotificationGroup.created_at: 1}
    for column, minutes in moments.items():
        change = {column: now - timedelta(minutes=minutes)}
        db.session.execute(sa.update(column.class_).values(change))
    db.session.expire_all()
    names = [change["name"] for change in updates.since(ana, 0)]
    assert names == ["unread_message_count", "task_progress", "unread_notification_count"]
    after = (now - timedelta(minutes=2, seconds=30)).timestamp()
    progress, unread = updates.since(ana, after)
    assert progress["data"] == {"task_id": str(export.id), "progress": 0, "state": "waiting"}
    assert unread["data"] == 1
    assert updates.since(ana, unread["timestamp"]) == []


def test_unread_messages_of_one_person_are_counted_by_themselves(ana, ben, cleo):
    for sender in (ben, ben, cleo):
        make_message(sender, ana)
    assert updates.unread_of(ana, ben.id)["data"] == 2
    assert updates.unread_of(ana, ana.id)["data"] == 0
