"""Where the log goes, and what every line says of the request or the job that it belongs to."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from logging.handlers import RotatingFileHandler

from flask import Flask, current_app, g, has_app_context, has_request_context

import config
from app.lib.log_events import Facts
from app.telemetry.log_format import JsonLines, TextLines

FILE_BYTES = 1_000_000


def init_app(app: Flask, request_context: Callable[[], Facts]) -> None:
    """Log as the settings say; `request_context` returns what is known of a request."""
    app.extensions["request_context"] = request_context
    app.logger.handlers[:] = [_handler(app)]
    app.logger.propagate = False
    app.logger.setLevel(app.config["LOG_LEVEL"])


def formatter_of(app: Flask) -> logging.Formatter:
    """The format of this site's log, by its settings."""
    lines = JsonLines if app.config["LOG_FORMAT"] == "json" else TextLines
    return lines(_context)


def _context() -> Facts:
    if has_request_context():
        facts: Facts = current_app.extensions["request_context"]()
        return facts
    if has_app_context() and "job_id" in g:
        return {"job_id": g.job_id}
    return {}


def _handler(app: Flask) -> logging.Handler:
    handler: logging.Handler = logging.StreamHandler(sys.stdout)
    if not app.config["LOG_TO_STDOUT"]:
        folder = config.ROOT / "logs"
        folder.mkdir(exist_ok=True)
        handler = RotatingFileHandler(
            folder / "microblog.log", maxBytes=FILE_BYTES, backupCount=10, delay=True
        )
    handler.setFormatter(formatter_of(app))
    handler.setLevel(app.config["LOG_LEVEL"])
    return handler
