"""Archives below the front door: one at a time, built once, and cleared away in time."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import db
from app.lib.dates import utcnow
from app.models import Export, Notification, Task, User
from app.models.data.export import EXPORT_LIFETIME
from app.services.data import exports
from app.services.errors import ExportRunningError
from app.services.site import jobs
from tests.support import mailbox
from tests.support.factories import make_post

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def export_folder(app, tmp_path) -> Path:
    folder = tmp_path / "exports"
    app.config["EXPORT_FOLDER"] = folder
    return folder


def fresh(export_id: int) -> Export:
    """The row and its task as they are in the database."""
    db.session.expire_all()
    rows = sa.select(Export).where(Export.id == export_id)
    return db.session.scalars(rows.options(sa.orm.joinedload(Export.task))).one()


def dead_letter(export: Export) -> None:
    db.session.execute(sa.update(Task).values(failed_at=utcnow(), attempts=3))
    exports.set_progress(export.id, 40)


def build(export: Export) -> None:
    """Make the archive, as a worker would."""
    db.session.commit()
    for _ in exports.build(export.id):
        db.session.commit()
    db.session.commit()


def events(user: User) -> list[str]:
    rows = sa.select(Notification).where(Notification.user_id == user.id)
    return [row.payload["event"] for row in db.session.scalars(rows)]


def test_one_archive_at_a_time_for_each_person(ana, ben):
    export = exports.start(ana)
    assert fresh(export.id).state == "waiting"
    assert export.task.payload == {"export_id": export.id}
    for begin in (exports.start, exports.check_none_runs):
        with pytest.raises(ExportRunningError):
            begin(ana)
    exports.check_none_runs(ben)
    export.finished_at = utcnow()
    assert exports.start(ana).id != export.id


def test_a_failed_archive_is_tried_again_from_the_start_by_the_same_task(ana):
    export = exports.start(ana)
    task_id = export.task_id
    with pytest.raises(ExportRunningError):
        exports.retry(ana, export)
    dead_letter(export)
    exports.retry(ana, fresh(export.id))
    again = fresh(export.id)
    assert (again.state, again.progress, again.task_id) == ("waiting", 0, task_id)
    assert again.task.attempts == 0


def test_an_archive_whose_task_was_forgotten_gets_another(ana):
    export = exports.start(ana)
    db.session.execute(sa.update(Task).values(finished_at=utcnow() - timedelta(days=8)))
    assert jobs.purge() == 1
    assert fresh(export.id).state == "failed"
    exports.retry(ana, fresh(export.id))
    assert fresh(export.id).state == "waiting"


def test_an_archive_that_is_ready_is_not_tried_again(ana):
    export = exports.start(ana)
    build(export)
    exports.retry(ana, fresh(export.id))
    assert (fresh(export.id).state, fresh(export.id).progress) == ("ready", 100)


def test_building_ends_with_the_file_and_tells_its_owner_once(ana, ben, export_folder):
    make_post(ana)
    export = exports.start(ana)
    for _ in range(2):
        build(export)
    path = exports.path_of(export.id)
    assert list(export_folder.iterdir()) == [path]
    done = fresh(export.id)
    assert (done.state, done.progress, done.size) == ("ready", 100, path.stat().st_size)
    assert (events(ana), events(ben)) == (["ready"], [])
    assert mailbox.templates() == ["export_ready"]


def test_two_workers_at_once_leave_one_whole_archive(ana, export_folder):
    for number in range(3):
        make_post(ana, f"Post {number}")
    export = exports.start(ana)
    db.session.commit()
    first, second = exports.build(export.id), exports.build(export.id)
    next(first)
    next(second)
    assert len(list(export_folder.glob("*.part"))) == 2
    for worker in (second, first):
        assert all(0 < percent < 100 for percent in worker)
        db.session.commit()
    assert list(export_folder.iterdir()) == [exports.path_of(export.id)]
    assert events(ana) == ["ready"]


def test_an_archive_that_could_not_be_made_is_news_for_its_owner(ana, ben):
    exports.fail(exports.start(ana).id)
    exports.fail(10**9)
    assert (events(ana), events(ben)) == (["failed"], [])


def test_archives_are_available_for_seven_days_after_they_are_ready_newest_first(ana, ben):
    ages = (EXPORT_LIFETIME + MINUTE, EXPORT_LIFETIME - MINUTE, MINUTE)
    rows = []
    for age in ages:
        rows.append(exports.start(ana))
        rows[-1].created_at = utcnow() - timedelta(days=9)
        rows[-1].finished_at = utcnow() - age
    rows.append(exports.start(ana))
    assert list(exports.available_to(ana)) == rows[:0:-1]
    assert exports.available_to(ben) == []
    assert (exports.purge(), exports.purge()) == (1, 0)
    assert db.session.scalar(sa.select(sa.func.min(Export.id))) == rows[1].id


def test_files_of_no_archive_are_removed_except_a_draft_of_today(ana, export_folder):
    export = exports.start(ana)
    build(export)
    draft, stale, stray = (export_folder / name for name in ("9-1.part", "9-2.part", "999.zip"))
    for file in (draft, stale, stray):
        file.touch()
    old = (utcnow() - exports.DRAFT_RETENTION - MINUTE).timestamp()
    os.utime(stale, (old, old))
    assert exports.purge() == 0
    assert sorted(export_folder.iterdir()) == sorted([exports.path_of(export.id), draft])
