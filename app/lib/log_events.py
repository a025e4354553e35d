"""What a line of the log looks like: JSON for programs, words for people; always one line."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Of lines that are written for people alone.
MESSAGE_EVENT = "note"

Facts = dict[str, Any]
log = logging.getLogger("app.events")


def event_fields(name: str, **facts: Any) -> Facts:
    """The `extra` of a log call that programs shall understand: what happened, and to whom."""
    return {"event": name, "facts": facts}


def log_event(name: str, level: int = logging.INFO, **facts: Any) -> None:
    """Log that something happened which the owner may have to prove or to count later.

    Names follow the OWASP logging vocabulary where it has one.
    """
    words = "".join(f" {key}={value}" for key, value in facts.items())
    log.log(level, "%s%s", name, words, extra=event_fields(name, **facts))


class _OneLine(logging.Formatter):
    def __init__(self, context: Callable[[], Facts]) -> None:
        """`context` tells what is known of the request or the job at hand."""
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self.context = context


class TextLines(_OneLine):
    """For a terminal: only a trace takes more than one line."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (named so there)
        name = self.context().get("request_id")
        said = f"{name} {record.message}" if name else record.message
        # Not in `record` itself, which other handlers read too.
        shown = CONTROL.sub(lambda found: repr(found[0])[1:-1], said)
        return f"{record.asctime} {record.levelname} {record.name} {shown}"


class JsonLines(_OneLine):
    """One object a line, in ASCII: nothing in it can end the line or colour a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        line: Facts = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": getattr(record, "event", MESSAGE_EVENT),
        }
        if line["event"] == MESSAGE_EVENT:
            line |= {"logger": record.name, "message": record.getMessage()}
        line |= self.context() | getattr(record, "facts", {})
        if record.exc_info and record.exc_info[0]:
            line["trace"] = self.formatException(record.exc_info)
        # Sooner a fact as its own text than no line.
        return json.dumps(line, default=str)
