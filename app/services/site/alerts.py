"""Failure alerts by email to the operators, throttled per failure."""

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
    """An alert to one of ADMINS; its fields are the payload of the job."""

    to: str
    # These two form the Message-ID.
    template: str
    intent: str
    what: str
    where: str
    places: list[str]
    at: str


def are_enabled() -> bool:
    """Whether recipients and a mail server are configured."""
    config = current_app.config
    return bool(config["ADMINS"] and config["MAIL_SERVER"])


def traceback_frames(error: BaseException) -> list[str]:
    """The type of `error` and its frames, without its text, which could contain a secret."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]
    lines = [
        f"{'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno} {frame.name}"
        for frame in frames
    ]
    return [type(error).__name__, *lines]


def error_fingerprint(error: BaseException) -> str:
    """The same 16 hex digits for every error of one type raised on one line."""
    kind, *frames = traceback_frames(error)
    return hashlib.sha256("\n".join([kind, *frames[-1:]]).encode()).hexdigest()[:16]


def send(error: BaseException, what: str, where: str) -> bool:
    """Queue an alert about `error` to each of ADMINS, at most once per REPEAT_AFTER.

    `what` failed (a route or a job); `where` is how to find it in the log. Returns whether alerts
    were queued.
    """
    if not rate_limits.claim(f"alert/{error_fingerprint(error)}", REPEAT_AFTER):
        return False
    at = utcnow().isoformat(timespec="seconds")
    for address in current_app.config["ADMINS"]:
        intent = random_token(12)
        alert = Alert(address, "failure", intent, what, where, traceback_frames(error), at)
        outbox.put("send_alert", asdict(alert))
    return True


def compose(payload: dict[str, Any]) -> Message:
    """The email for a queued alert. Raises MailError for an invalid address."""
    alert = Alert(**payload)
    site = current_app.config["BASE_URL"]
    kind, *frames = alert.places
    lines = [
        f"{kind} at {alert.what} of {site}, {alert.at}.",
        "",
        *(f"  {frame}" for frame in frames),
        "",
        f"For details, search the log for {alert.where}.",
        "The same failure sends at most one email in ten minutes.",
    ]
    name = f"{alert.template}.{alert.intent}"
    return Message(SUBJECT, alert.to, "\n".join(lines) + "\n", name=name)
