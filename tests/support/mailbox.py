"""The mails that wait for the worker, read as their recipients would."""

from __future__ import annotations

import re

import sqlalchemy as sa

from app import db
from app.models import Task
from app.services.accounts import passwords
from app.services.messages import mails

LINK = re.compile(r"https?://[^/\s]+(/auth/[a-z_]+/\S+)")


def waiting(template: str | None = None, to: str | None = None) -> list[Task]:
    """Mails not yet sent, oldest first, of one template and to one address when given."""
    db.session.expire_all()
    rows = db.session.scalars(sa.select(Task).where(Task.name == "send_mail").order_by(Task.id))
    return [
        row
        for row in rows
        if template in (None, row.payload["template"]) and to in (None, row.payload["to"])
    ]


def templates() -> list[str]:
    return [row.payload["template"] for row in waiting()]


def read(task: Task) -> str:
    """The text of a mail, made now as the worker would; empty when it is not to be sent."""
    message = mails.compose(task.payload)
    if message is None:
        return ""
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def link_in(template: str) -> str:
    """The path of the link in the newest mail of this kind."""
    found = LINK.search(read(waiting(template)[-1]))
    assert found, f"no link in {template}"
    return found[1]


def carry_out_resets() -> None:
    """What the worker does about forgotten passwords."""
    asked = sa.select(Task).where(Task.name == "mail_password_reset", Task.finished_at.is_(None))
    for task in db.session.scalars(asked).all():
        passwords.mail_reset(task.payload["email"])
        db.session.delete(task)
    db.session.commit()
