"""Log formats: JSON for log collectors, text for people; always one line per record."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime

from app.lib.log_events import Facts

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# The event of lines that are meant for people only.
MESSAGE_EVENT = "message"


class _OneLine(logging.Formatter):
    def __init__(self, context: Callable[[], Facts]) -> None:
        """`context` returns facts about the current request or job."""
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self.context = context


class TextLines(_OneLine):
    """For a terminal: only a traceback takes more than one line."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (named so there)
        name = self.context().get("request_id")
        message = f"{name} {record.message}" if name else record.message
        # `record` stays unchanged, since other handlers read it too.
        escaped = CONTROL.sub(lambda match: repr(match[0])[1:-1], message)
        return f"{record.asctime} {record.levelname} {record.name} {escaped}"


class JsonLines(_OneLine):
    """One object per line, in ASCII, so that no content can break the line or color a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        line: Facts = {
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": getattr(record, "event", MESSAGE_EVENT),
        }
        if line["event"] == MESSAGE_EVENT:
            line |= {"logger": record.name, "message": record.getMessage()}
        line |= self.context() | getattr(record, "facts", {})
        if record.exc_info and record.exc_info[0]:
            line["trace"] = self.formatException(record.exc_info)
        # A value that is not JSON is better logged as text than not at all.
        return json.dumps(line, default=str)
