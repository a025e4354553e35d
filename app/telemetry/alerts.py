"""After a failure has been answered or noted: a mail to the owners."""

from __future__ import annotations

import time

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db
from app.lib.text import one_line
from app.services.site import alerts


def alert(app: Flask, error: BaseException, what: str | None, where: str) -> None:
    """Have the owners told of `error`. Never raises for a database that is away."""
    with app.app_context():
        if not alerts.are_enabled() or _is_fresh(app, alerts.fingerprint(error)):
            return
        try:
            alerts.send(error, what or "none", where)
            db.session.commit()
        except SQLAlchemyError as failure:
            app.logger.warning("no alert: %s", one_line(str(getattr(failure, "orig", failure))))


def _is_fresh(app: Flask, name: str) -> bool:
    """Whether this process has told of it lately: a thousand failures are not a thousand writes."""
    told = app.extensions.setdefault("alerts", {})
    now = time.monotonic()
    if now < told.get(name, 0.0):
        return True
    told[name] = now + alerts.REPEAT_AFTER.total_seconds()
    return False
