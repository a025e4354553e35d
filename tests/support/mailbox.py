"""The mails that wait for the worker, read as their recipients would, and how they leave."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app import db
from app.backends import mail as mail_backend
from app.backends.mail import Message
from app.extensions import mail
from app.models import Task
from app.services.accounts import passwords
from app.services.messages import mails

LINK = re.compile(r"https?://[^/\s]+(/auth/[a-z_]+/\S+)")


def configure_mail(app: Flask, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> None:
    """Give Flask-Mail other settings for one test, as a start with them would."""
    for name, value in settings.items():
        monkeypatch.setitem(app.config, name, value)
    for name in ("mail", "mail_connection"):
        monkeypatch.setitem(app.extensions, name, None)
    mail.init_app(app)
    mail_backend.init_app(app)


def delivered(message: Message) -> EmailMessage:
    """The mail as its reader gets it off the wire, lines ended as elsewhere here."""
    parsed = message_from_bytes(message.as_bytes().replace(b"\r\n", b"\n"), policy=SMTP)
    assert isinstance(parsed, EmailMessage)
    return parsed


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
    part = delivered(message).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def carry_out() -> list[tuple[str, str]]:
    """Subject and recipient of each mail that the worker would send now, which then waits no more.

    A mail about an address that is not theirs goes to its owner instead.
    """
    sent = []
    for task in waiting():
        if (message := mails.compose(task.payload)) is not None:
            sent.append((message.subject.partition("] ")[2], message.recipients[0]))
        db.session.delete(task)
    db.session.commit()
    return sent


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
