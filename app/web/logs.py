"""Where the log goes, and what never gets into it."""

from __future__ import annotations

import logging
import re
import sys
import time
from logging.handlers import RotatingFileHandler
from uuid import uuid4

from flask import Flask, Response, g, request

import config

# Links that mails carry are keys: the log shows the door, not the key. With whom somebody has
# private conversations is nobody else's business either.
SECRET_PATH = re.compile(
    r"^(/+auth/+[a-z_]+/+|/+(?:messages|send_message)/+).+", re.IGNORECASE | re.DOTALL
)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Asked for so often that they would bury the rest.
QUIET = {"static", "main.healthz", "main.avatar", "main.notifications"}
FILE_BYTES = 1_000_000


def shown_path(path: str) -> str:
    """`path` as it may be logged."""
    return SECRET_PATH.sub(r"\1…", path)


def request_id() -> str:
    """A short name for this request, shown on error pages and in the log."""
    if "request_id" not in g:
        g.request_id = uuid4().hex[:12]
    return str(g.request_id)


class _OneLine(logging.Formatter):
    """One record, one line, but for traces: control characters are written out."""

    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record.msg, str):
            message = CONTROL.sub(lambda found: repr(found[0])[1:-1], record.getMessage())
            record.msg, record.args = message, ()
        return super().format(record)


def init_app(app: Flask) -> None:
    handler: logging.Handler = logging.StreamHandler(sys.stdout)
    if not app.config["LOG_TO_STDOUT"]:
        folder = config.ROOT / "logs"
        folder.mkdir(exist_ok=True)
        handler = RotatingFileHandler(
            folder / "microblog.log", maxBytes=FILE_BYTES, backupCount=10, delay=True
        )
    handler.setFormatter(_OneLine("%(asctime)s %(levelname)s %(name)s %(message)s"))
    app.logger.handlers[:] = [handler]
    app.logger.propagate = False
    app.logger.setLevel(app.config["LOG_LEVEL"])

    @app.before_request
    def start_clock() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def log_request(response: Response) -> Response:
        if request.endpoint not in QUIET:
            milliseconds = (time.perf_counter() - g.get("started", time.perf_counter())) * 1000
            app.logger.info(
                "%s %s %s %d %.0f ms",
                request_id(),
                request.method,
                shown_path(request.path),
                response.status_code,
                milliseconds,
            )
        response.headers["X-Request-ID"] = request_id()
        return response
