"""Test emails: whether those of this site leave it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import defer

from app.extensions import db
from app.models import Task, User
from app.services.errors import NoTestMailError
from app.services.messages import mails
from app.services.site import audit
from app.services.site.audit import Actor

JOB = "send_mail"


def send(person: User, by: Actor) -> int:
    """Queue a test email to `person`. Returns the id of its job, which says what became of it.

    Raises NoTestMailError when they may get none: too many today, or an unconfirmed address.
    """
    if not mails.queue("test_mail", person):
        raise NoTestMailError
    audit.record("send_test_mail", by, person=person)
    newest = sa.select(sa.func.max(Task.id)).where(Task.user_id == person.id, Task.name == JOB)
    return db.session.scalars(newest).one()


def find(person: User, task_id: int) -> Task | None:
    """The job of an email to `person`, without what is in it."""
    row = sa.select(Task).options(defer(Task.payload, raiseload=True))
    is_theirs = (Task.id == task_id, Task.user_id == person.id, Task.name == JOB)
    return db.session.scalar(row.where(*is_theirs))
