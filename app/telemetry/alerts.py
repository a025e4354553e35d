"""Alert emails to the operators after unexpected errors."""

from __future__ import annotations

import time

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db
from app.lib.text import one_line
from app.services.site import alerts


def alert(app: Flask, error: BaseException, what: str | None, where: str) -> None:
    """Queue an alert about `error`. Never raises if the database is down."""
    with app.app_context():
        if not alerts.are_enabled() or _was_sent_recently(app, alerts.error_fingerprint(error)):
            return
        try:
            alerts.send(error, what or "none", where)
            db.session.commit()
        except SQLAlchemyError as failure:
            app.logger.warning(
                "could not queue an alert: %s", one_line(str(getattr(failure, "orig", failure)))
            )


def _was_sent_recently(app: Flask, name: str) -> bool:
    """Whether this process sent it recently, so that repeated errors do not cause a write each."""
    quiet_until = app.extensions.setdefault("alerts", {})
    now = time.monotonic()
    if now < quiet_until.get(name, 0.0):
        return True
    quiet_until[name] = now + alerts.REPEAT_AFTER.total_seconds()
    return False
