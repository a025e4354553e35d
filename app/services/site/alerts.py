"""Telling the owners by mail that something broke: soon, and not a thousand times."""

from __future__ import annotations

import hashlib
import traceback
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import current_app

from app import outbox
from app.backends.mail import Message
from app.lib.dates import utcnow
from app.lib.tokens import random_token
from app.services.site import rate_limits

REPEAT_AFTER = timedelta(minutes=10)
FRAMES_MAX = 12
SUBJECT = "Microblog Failure"


@dataclass(frozen=True)
class Alert:
    """A failure that one of ADMINS is to read about; its fields are the payload of the job."""

    to: str
    # These two make the Message-ID.
    template: str
    intent: str
    what: str
    where: str
    places: list[str]
    at: str


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
    if not rate_limits.claim(f"alert/{fingerprint(error)}", REPEAT_AFTER):
        return False
    at = utcnow().isoformat(timespec="seconds")
    for address in current_app.config["ADMINS"]:
        intent = random_token(12)
        alert = Alert(address, "failure", intent, what, where, traceback_frames(error), at)
        outbox.put("send_alert", asdict(alert))
    return True


def compose(payload: dict[str, Any]) -> Message:
    """The mail that `tell` asked for. Raises MailError for an address that cannot be one."""
    alert = Alert(**payload)
    site = current_app.config["BASE_URL"]
    kind, *places = alert.places
    lines = [
        f"{kind} at {alert.what} of {site}, {alert.at}.",
        "",
        *(f"  {place}" for place in places),
        "",
        f"The log tells the rest beside {alert.where}.",
        "The same failure sends no other mail for ten minutes, however often it happens.",
    ]
    name = f"{alert.template}.{alert.intent}"
    return Message(SUBJECT, alert.to, "\n".join(lines) + "\n", name=name)
