"""Log events: named, so that metrics can count them and operators can search for them."""

from __future__ import annotations

import logging
from typing import Any

Facts = dict[str, Any]
log = logging.getLogger("app.events")


def event_fields(name: str, **facts: Any) -> Facts:
    """Return the `extra` of a log call about an event: its name and its facts."""
    return {"event": name, "facts": facts}


def log_event(name: str, level: int = logging.INFO, **facts: Any) -> None:
    """Log an event for auditing and metrics.

    Names follow the OWASP logging vocabulary where it has one.
    """
    details = "".join(f" {key}={value}" for key, value in facts.items())
    log.log(level, "%s%s", name, details, extra=event_fields(name, **facts))
