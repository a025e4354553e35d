"""What the app writes to its log, as it would be written."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask


@contextmanager
def logged(app: Flask) -> Iterator[io.StringIO]:
    """Collects the log, in the form of the app's own handler."""
    book = io.StringIO()
    handler = logging.StreamHandler(book)
    handler.setFormatter(app.logger.handlers[0].formatter)
    app.logger.addHandler(handler)
    try:
        yield book
    finally:
        app.logger.removeHandler(handler)
