"""One log line per request, and what must never get into it."""

from __future__ import annotations

import logging
import re
import time
from uuid import uuid4

import sqlalchemy as sa
from flask import Flask, Response, g, request

from app.lib.log_events import Facts, event_fields
from app.telemetry import logging as telemetry_logging
from app.web.client_ip import client_network
from app.web.viewer import loaded_viewer

# Links in emails contain tokens, so only the path before the token is logged. Who writes to whom
# is private as well.
SECRET_PATH = re.compile(
    r"^(/+auth/+[a-z_]+/+|/+(?:messages|send_message)/+).+", re.IGNORECASE | re.DOTALL
)
# An id that a proxy or client sent, so that its log and ours can be correlated.
CLIENT_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
# Requested so often that they would drown out the rest.
QUIET = {"static", "main.healthz", "main.readyz", "main.avatar", "main.notifications"}
AGENT_MAX = 120


def masked_path(path: str) -> str:
    """`path` as it may be logged."""
    return SECRET_PATH.sub(r"\1…", path)


def request_id() -> str:
    """A short id of this request, shown on error pages and in the log."""
    if "request_id" not in g:
        received = request.headers.get("X-Request-ID", "")
        is_valid = CLIENT_REQUEST_ID.fullmatch(received)
        g.request_id = received if is_valid else uuid4().hex[:12]
    return str(g.request_id)


def record_error(error: BaseException, *, has_trace: bool) -> None:
    """Log `error` with this request's log line, and its traceback if it `has_trace`."""
    g.recorded_error = error, has_trace


def _request_context() -> Facts:
    return {"request_id": request_id(), "user_id": _user_id(), "ip": client_network()}


def _user_id() -> int | None:
    # Without a query: the database may be down.
    person = loaded_viewer()
    identity = sa.inspect(person).identity if person is not None else None
    return identity[0] if identity else None


def init_app(app: Flask) -> None:
    telemetry_logging.init_app(app, _request_context)

    @app.before_request
    def start_clock() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def log_request(response: Response) -> Response:
        _log_request(app, response)
        response.headers["X-Request-ID"] = request_id()
        return response


def _log_request(app: Flask, response: Response) -> None:
    started = g.get("started", time.perf_counter())
    facts: Facts = {
        "route": request.endpoint,
        "method": request.method,
        "status": response.status_code,
        "ms": round((time.perf_counter() - started) * 1000, 1),
        "ua": request.user_agent.string[:AGENT_MAX],
    }
    level = logging.DEBUG if request.endpoint in QUIET else logging.INFO
    error, has_trace = g.get("recorded_error", (None, False))
    reason = ""
    if error is not None:
        # The driver's own message, such as "unable to open database file", say what to fix.
        facts["error"] = f"{type(error).__name__}: {getattr(error, 'orig', None) or error}"
        level, reason = logging.ERROR, f" {facts['error']}"
    args = (request.method, masked_path(request.path), response.status_code, facts["ms"], reason)
    app.logger.log(
        level,
        "%s %s %d %.0f ms%s",
        *args,
        exc_info=error if has_trace else None,
        extra=event_fields("request", **facts),
    )
