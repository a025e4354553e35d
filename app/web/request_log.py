"""Where the log goes, and what never gets into it."""

from __future__ import annotations

import logging
import re
import sys
import time
from logging.handlers import RotatingFileHandler
from uuid import uuid4

import sqlalchemy as sa
from flask import Flask, Response, g, has_app_context, has_request_context, request

import config
from app.lib.log_events import Facts, JsonLines, TextLines, event_fields
from app.models import User
from app.web.client_ip import client_network

# Links that mails carry are keys: the log shows the door, not the key. With whom somebody has
# private conversations is nobody else's business either.
SECRET_PATH = re.compile(
    r"^(/+auth/+[a-z_]+/+|/+(?:messages|send_message)/+).+", re.IGNORECASE | re.DOTALL
)
# A name that a proxy or a program gave the request, so that its log and ours can be read together.
GIVEN_ID = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
# Asked for so often that they would bury the rest.
QUIET = {"static", "main.healthz", "main.readyz", "main.avatar", "main.notifications"}
FILE_BYTES = 1_000_000
AGENT_MAX = 120


def masked_path(path: str) -> str:
    """`path` as it may be logged."""
    return SECRET_PATH.sub(r"\1…", path)


def request_id() -> str:
    """A short name for this request, shown on error pages and in the log."""
    if "request_id" not in g:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if GIVEN_ID.fullmatch(given) else uuid4().hex[:12]
    return str(g.request_id)


def record_error(error: BaseException, *, has_trace: bool) -> None:
    """Have the line of this request tell what went wrong, and where if it `has_trace`."""
    g.blamed = error, has_trace


def _context() -> Facts:
    """What every line tells of the request or the job that it belongs to."""
    if has_request_context():
        return {"request_id": request_id(), "user_id": _user_id(), "ip": client_network()}
    if has_app_context() and "job_id" in g:
        return {"job_id": g.job_id}
    return {}


def _user_id() -> int | None:
    # Only what the request has looked up, and without a statement: the database may be away.
    user = g.get("_login_user")
    identity = sa.inspect(user).identity if isinstance(user, User) else None
    return identity[0] if identity else None


def formatter_of(app: Flask) -> logging.Formatter:
    """How the lines of this site look, by its settings."""
    lines = JsonLines if app.config["LOG_FORMAT"] == "json" else TextLines
    return lines(_context)


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


def init_app(app: Flask) -> None:
    app.logger.handlers[:] = [_handler(app)]
    app.logger.propagate = False
    app.logger.setLevel(app.config["LOG_LEVEL"])

    @app.before_request
    def start_clock() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def log_request(response: Response) -> Response:
        _log_request(app, response)
        response.headers["X-Request-ID"] = request_id()
        return response


def _log_request(app: Flask, response: Response) -> None:
    """The one line of this request; what went wrong in it stands in the same line."""
    begun = g.get("started", time.perf_counter())
    facts: Facts = {
        "route": request.endpoint,
        "method": request.method,
        "status": response.status_code,
        "ms": round((time.perf_counter() - begun) * 1000, 1),
        "ua": request.user_agent.string[:AGENT_MAX],
    }
    level = logging.DEBUG if request.endpoint in QUIET else logging.INFO
    error, has_trace = g.get("blamed", (None, False))
    why = ""
    if error is not None:
        # The driver's own words, such as "unable to open database file", tell what to mend.
        facts["error"] = f"{type(error).__name__}: {getattr(error, 'orig', None) or error}"
        level, why = logging.ERROR, f" {facts['error']}"
    words = (request.method, masked_path(request.path), response.status_code, facts["ms"], why)
    app.logger.log(
        level,
        "%s %s %d %.0f ms%s",
        *words,
        exc_info=error if has_trace else None,
        extra=event_fields("request", **facts),
    )
