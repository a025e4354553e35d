"""Exports: start, retry, build, report progress, and purge."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import current_app

from app import outbox
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Export, Task, User
from app.models.data.export import EXPORT_LIFETIME
from app.services.data.exports import data
from app.services.errors import ExportRunningError
from app.services.messages import mails, notifications
from app.services.site import jobs

# After this many attempts the user is notified, and may retry by hand.
ATTEMPTS_MAX = 3
DRAFT_RETENTION = timedelta(days=1)


def start(user: User) -> Export:
    """Queue an archive for `user`. Raises ExportRunningError."""
    _lock_and_check(user)
    export = Export(user_id=user.id)
    db.session.add(export)
    db.session.flush()
    _queue(export)
    return export


def retry(user: User, export: Export) -> None:
    """Queue a failed archive again; others stay as they are. Raises ExportRunningError."""
    _lock_and_check(user)
    if export.state != "failed":
        return
    set_progress(export.id, 0)
    # A task that finished without an archive, or was purged, cannot be retried: queue a new one.
    if export.task_id is None or not jobs.requeue(export.task_id):
        _queue(export)


def available_to(user: User) -> Sequence[Export]:
    """The archives of `user`, newest first, including one in progress."""
    return db.session.scalars(Export.available_to(user)).all()


def check_none_runs(user: User) -> None:
    """Raises ExportRunningError while an archive of `user` is waiting or in progress."""
    if any(export.state not in ("ready", "failed") for export in available_to(user)):
        raise ExportRunningError


def cancel(user: User) -> None:
    """Give up the archive of `user` that is waiting or in progress."""
    unfinished = sa.delete(Export).where(Export.user_id == user.id, Export.finished_at.is_(None))
    task_ids = db.session.scalars(unfinished.returning(Export.task_id)).all()
    db.session.execute(sa.delete(Task).where(Task.id.in_([id_ for id_ in task_ids if id_])))


def build(export_id: int) -> Iterator[int]:
    """Build the archive, and yield the progress in percent from time to time.

    The caller stores it and commits. Each attempt writes a draft of its own, so that two workers
    never write to one file; the last one to finish replaces the file.
    """
    export = db.session.get(Export, export_id)
    user = db.session.get(User, export.user_id) if export else None
    if export is None or user is None or export.finished_at or user.closed_at:
        return
    _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = _folder() / f"{export_id}-{time.time_ns()}.part"
    yield from data.write(user, draft)
    draft.replace(path_of(export_id))
    _finish(export_id)


def set_progress(export_id: int, percent: int) -> None:
    row = sa.update(Export).where(Export.id == export_id)
    db.session.execute(row.values(progress=percent, progress_at=utcnow()))


def fail(export_id: int) -> None:
    """Notify the user that an archive could not be built."""
    export = db.session.get(Export, export_id)
    if export is not None:
        notifications.export(export.user_id, "failed")


def path_of(export_id: int) -> Path:
    """The path of the finished file of an archive, whether it exists or not."""
    return _folder() / f"{export_id}.zip"


def purge() -> int:
    """Delete expired archives, and files without a row. Returns how many rows."""
    # Listed before the rows, so that the row of a new file cannot be missed.
    files = list(_folder().glob("*"))
    old = sa.delete(Export).where(Export.created_at < utcnow() - EXPORT_LIFETIME)
    done = sa.or_(Export.finished_at.is_(None), Export.finished_at < utcnow() - EXPORT_LIFETIME)
    count = len(db.session.scalars(old.where(done).returning(Export.id)).all())
    known = {path_of(export_id).name for export_id in db.session.scalars(sa.select(Export.id))}
    for file in files:
        if file.name not in known and not _is_fresh_draft(file):
            file.unlink(missing_ok=True)
    return count


def _is_fresh_draft(file: Path) -> bool:
    """Whether a worker may still be writing it."""
    oldest = time.time() - DRAFT_RETENTION.total_seconds()
    try:
        return file.suffix == ".part" and file.stat().st_mtime > oldest
    except FileNotFoundError:
        # It was renamed to its final path meanwhile.
        return True


def _queue(export: Export) -> None:
    payload = {"export_id": export.id}
    export.task_id = outbox.put("export_posts", payload, user_id=export.user_id)
    db.session.flush()


def _lock_and_check(user: User) -> None:
    # Of two concurrent clicks, the second sees the export of the first.
    db.session.refresh(user, with_for_update={"of": User})
    check_none_runs(user)


def _finish(export_id: int) -> None:
    """Record that the file is ready and notify the user, once even if two workers built it."""
    claim = sa.update(Export).where(Export.id == export_id, Export.finished_at.is_(None))
    now, size = utcnow(), path_of(export_id).stat().st_size
    values = {"finished_at": now, "progress": 100, "progress_at": now, "size": size}
    user_id = db.session.scalar(claim.values(values).returning(Export.user_id))
    user = db.session.get(User, user_id) if user_id else None
    if user is not None:
        notifications.export(user.id, "ready")
        mails.queue("export_ready", user, export=str(export_id))


def _folder() -> Path:
    folder: Path = current_app.config["EXPORT_FOLDER"]
    return folder
