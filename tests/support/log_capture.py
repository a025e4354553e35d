"""What the app writes to its log, as it would be written."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from app.telemetry.logging import formatter_of


@contextmanager
def logged(app: Flask) -> Iterator[io.StringIO]:
    """Collects the log in the form and detail that the app's settings ask for."""
    book = io.StringIO()
    # All apps of a process have one logger, which the newest of them has set up.
    handler = logging.StreamHandler(book)
    handler.setFormatter(formatter_of(app))
    handler.setLevel(app.config["LOG_LEVEL"])
    before = app.logger.level
    app.logger.setLevel(app.config["LOG_LEVEL"])
    app.logger.addHandler(handler)
    try:
        yield book
    finally:
        app.logger.removeHandler(handler)
        app.logger.setLevel(before)
