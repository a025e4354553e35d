"""Choices of notifications, and the emails that come of them, made as the worker would."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import sqlalchemy as sa

from app import db
from app.lib.dates import utcnow
from app.models import Digest, Task, User
from app.services.messages import digests, notification_choices, notification_mails
from app.services.messages.notification_choices import Choice
from tests.support.mailbox import delivered

COMPOSERS = {
    "mail_notification": notification_mails.compose,
    "mail_digest": notification_mails.compose_digest,
}


def choose(user: User, delivery: Any, *names: str, from_whom: Any = "everyone") -> None:
    """Have `user` hear of these kinds in this way."""
    choices = {name: Choice(delivery, from_whom) for name in names}
    notification_choices.change(user, choices)
    db.session.commit()


def queued(name: str = "mail_notification") -> list[Task]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(Task).where(Task.name == name).order_by(Task.id)))


def emails(name: str = "mail_notification") -> list[EmailMessage]:
    """What the worker would send now for the jobs of this name, which then wait no more."""
    sent = []
    for task in queued(name):
        if (message := COMPOSERS[name](task.payload)) is not None:
            sent.append(delivered(message))
        db.session.delete(task)
    db.session.commit()
    return sent


def digest_emails() -> list[EmailMessage]:
    """The digests that are due now."""
    while digests.queue_due():
        db.session.commit()
    return emails("mail_digest")


def was_sent(user: User, **ago: float) -> None:
    """Have the last digest of `user` be that long ago."""
    at = utcnow() - timedelta(**ago)
    values = {"sent_on": at.date(), "covered_until": at}
    db.session.execute(sa.update(Digest).where(Digest.user_id == user.id).values(values))
    db.session.commit()


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())
