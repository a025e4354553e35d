"""Events in the log: named facts that programs can count and operators can search for."""

from __future__ import annotations

import logging
from typing import Any

Facts = dict[str, Any]
log = logging.getLogger("app.events")


def event_fields(name: str, **facts: Any) -> Facts:
    """The `extra` of a log call about an event: what happened, and to whom."""
    return {"event": name, "facts": facts}


def log_event(name: str, level: int = logging.INFO, **facts: Any) -> None:
    """Log an event that the operator may have to prove or to count later.

    Names follow the OWASP logging vocabulary where it has one.
    """
    words = "".join(f" {key}={value}" for key, value in facts.items())
    log.log(level, "%s%s", name, words, extra=event_fields(name, **facts))
