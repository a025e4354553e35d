"""Telling the owners by mail that something broke: soon, and not a thousand times."""

from __future__ import annotations

import hashlib
import time
import traceback
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from flask import current_app

from app import outbox
from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.tokens import random_token
from app.models import RateLimit
from app.services.messages import mails

REPEAT_AFTER = timedelta(minutes=10)
FRAMES_MAX = 12
SUBJECT = "Microblog Failure"


def are_enabled() -> bool:
    """Whether there is somebody to tell, and a way."""
    config = current_app.config
    return bool(config["ADMINS"] and config["MAIL_SERVER"])


def traceback_frames(error: BaseException) -> list[str]:
    """The kind of `error` and the way to where it rose; its text could hold a secret."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]
    places = [
        f"{'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno} {frame.name}"
        for frame in frames
    ]
    return [type(error).__name__, *places]


def fingerprint(error: BaseException) -> str:
    """The same for every failure of the same kind that rises at the same place."""
    kind, *places = traceback_frames(error)
    return hashlib.sha256("\n".join([kind, *places[-1:]]).encode()).hexdigest()[:16]


def send(error: BaseException, what: str, where: str) -> bool:
    """Have each of ADMINS told of `error`, unless they were within ten minutes.

    `what` broke (a route or a job); `where` the log tells more. Returns whether they are told.
    """
    if not _claim(f"alert/{fingerprint(error)}"):
        return False
    facts = {"what": what, "where": where, "places": traceback_frames(error)}
    facts["at"] = utcnow().isoformat(timespec="seconds")
    for address in current_app.config["ADMINS"]:
        name = {"template": "failure", "intent": random_token(12)}
        outbox.put("send_alert", {"to": address, **name, **facts})
    return True


def compose(payload: dict[str, Any]) -> EmailMessage:
    """The mail that `tell` asked for. Raises JobError for an address that cannot be one."""
    message = EmailMessage(mails.POLICY)
    mails.write_headers(message, payload, SUBJECT)
    site = current_app.config["BASE_URL"]
    kind, *places = payload["places"]
    lines = [
        f"{kind} at {payload['what']} of {site}, {payload['at']}.",
        "",
        *(f"  {place}" for place in places),
        "",
        f"The log tells the rest beside {payload['where']}.",
        "The same failure sends no other mail for ten minutes, however often it happens.",
    ]
    message.set_content("\n".join(lines) + "\n")
    return message


def _claim(key: str) -> bool:
    """Whether this is the first of its kind in a while, also among other processes."""
    now = time.time()
    row = insert(RateLimit).values(key=key, hits=1, expires_at=now + REPEAT_AFTER.total_seconds())
    claim = row.on_conflict_do_update(
        index_elements=[RateLimit.key],
        set_={"expires_at": row.excluded.expires_at},
        where=RateLimit.expires_at <= now,
    )
    return db.session.scalar(claim.returning(RateLimit.key)) is not None
