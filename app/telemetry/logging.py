"""Log handlers, and the context that every line carries: its request or its job."""

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
    """Set up logging by the settings; `request_context` returns facts about the request."""
    app.extensions["request_context"] = request_context
    app.logger.handlers[:] = [_handler(app)]
    app.logger.propagate = False
    app.logger.setLevel(app.config["LOG_LEVEL"])


def formatter_of(app: Flask) -> logging.Formatter:
    """The formatter that the settings select."""
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
    handler.setLevel(_level(app))
    return handler


def _level(app: Flask) -> int | str:
    # Only what is shown: events below it are still counted.
    is_terminal = app.config["LOG_TO_STDOUT"] and sys.stdout.isatty()
    is_quiet = is_terminal and app.config["LOG_IS_QUIET_ON_TERMINAL"]
    return logging.WARNING if is_quiet else str(app.config["LOG_LEVEL"])
