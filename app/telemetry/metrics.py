"""Prometheus metrics, on a loopback port of their own that METRICS_PORT opens.

Metrics are derived from log events, so no other module depends on this one. Each process writes
to a file of its own; the process that is scraped adds up all of them.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from flask import Flask, g
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db
from app.lib.dates import utcnow
from app.services.site import jobs
from app.telemetry.process_slot import ProcessSlot

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

HOST = "127.0.0.1"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
JOB_BUCKETS = (0.05, 0.25, 1.0, 5.0, 15.0, 60.0, 300.0)
# Clients can send any method, but must not create new time series with it.
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
PREFIX = "microblog_"


class LogMetrics(logging.Handler):
    """Metrics counted from the events in the log."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        # The library reads this when it is first imported.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
        from prometheus_client import Counter, Gauge, Histogram, values  # noqa: PLC0415

        self.slot = ProcessSlot(folder)
        values.ValueClass = values.MultiProcessValue(self.slot)  # type: ignore[no-untyped-call]
        self.requests = Histogram(
            f"{PREFIX}request_seconds",
            "Requests, by duration.",
            ["route", "method", "status"],
            buckets=BUCKETS,
            registry=None,
        )
        self.jobs = Histogram(
            f"{PREFIX}job_seconds",
            "Jobs that ran, by duration.",
            ["job", "outcome"],
            buckets=JOB_BUCKETS,
            registry=None,
        )
        self.events = Counter(
            f"{PREFIX}events", "Events in the log, by name.", ["event"], registry=None
        )
        self.busy = Counter(
            f"{PREFIX}sqlite_busy",
            "Writes that SQLite refused because it was busy.",
            registry=None,
        )
        self.in_use = Gauge(
            f"{PREFIX}pool_in_use",
            "Connections to the database that are in use.",
            multiprocess_mode="sum",
            registry=None,
        )
        self.in_use.set(0)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._count(record)
        except OSError:  # A full disk must not break the operation that is counted.
            self.handleError(record)

    def _count(self, record: logging.LogRecord) -> None:
        name, facts = getattr(record, "event", None), getattr(record, "facts", {})
        match name:
            case None:
                return
            case "request":
                method = facts["method"] if facts["method"] in METHODS else "other"
                labels = (facts["route"] or "none", method, f"{facts['status'] // 100}xx")
                self.requests.labels(*labels).observe(facts["ms"] / 1000)
            case "job_done" | "job_failed":
                outcome = name.removeprefix("job_")
                self.jobs.labels(facts["job"], outcome).observe(facts["ms"] / 1000)
        self.events.labels(name).inc()

    def listen(self, app: Flask) -> None:
        """Serve metrics from this process too, until it exits."""
        from prometheus_client import CollectorRegistry, make_wsgi_app  # noqa: PLC0415
        from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415

        registry = CollectorRegistry()
        MultiProcessCollector(registry, str(self.folder))  # type: ignore[no-untyped-call]
        registry.register(Backlog(app))
        port = app.config["METRICS_PORT"]
        try:
            server = make_server(HOST, port, make_wsgi_app(registry), Listener, SilentHandler)
        except OSError as error:
            # The site matters more than its metrics.
            app.logger.warning("could not serve metrics on port %d: %s", port, error.strerror)
            return
        threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()

    def watch(self, engine: Any) -> None:
        """Also count database events, which are not logged."""

        @event.listens_for(engine, "handle_error")
        def count_busy(context: Any) -> None:
            code = getattr(context.original_exception, "sqlite_errorcode", None)
            if code is not None and code & 0xFF == sqlite3.SQLITE_BUSY:
                self.busy.inc()

        @event.listens_for(engine, "checkout")
        def count_checkout(*_connection: Any) -> None:
            self.in_use.inc()

        @event.listens_for(engine, "checkin")
        def count_checkin(*_connection: Any) -> None:
            self.in_use.dec()


class Backlog:
    """Metrics from the database, read when they are scraped."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def collect(self) -> Iterator[Metric]:
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415

        for name, text, value in self._values():
            yield GaugeMetricFamily(PREFIX + name, text, value)

    def _values(self) -> list[tuple[str, str, float]]:
        up = ("database_up", "Whether the database responds.")
        try:
            with self.app.app_context():
                # A scrape must not queue behind writers.
                g.is_writing = False
                now, backlog, dead_letters = utcnow(), jobs.backlog(), jobs.dead_letter_count()
        except SQLAlchemyError:
            return [(*up, 0)]
        late = [
            (now - since).total_seconds() if since else 0
            for since in (backlog.due_since, backlog.mails_since)
        ]
        return [
            (*up, 1),
            ("jobs_due", "Jobs that are due.", backlog.due),
            ("jobs_due_seconds", "How long the oldest due job has been due.", late[0]),
            ("jobs_dead_letters", "Jobs that failed permanently.", dead_letters),
            ("mails_waiting", "Emails that have not been sent.", backlog.mails),
            (
                "mails_waiting_seconds",
                "How long the oldest unsent email has been waiting.",
                late[1],
            ),
        ]


class Listener(ThreadingMixIn, WSGIServer):
    """Every process listens on the same port, so that any live one can respond."""

    allow_reuse_port = True
    daemon_threads = True


class SilentHandler(WSGIRequestHandler):
    def log_message(self, *_args: Any) -> None:
        """Log nothing: Prometheus scrapes four times a minute."""


def init_app(app: Flask) -> None:
    if not app.config["METRICS_PORT"]:
        return
    metrics = LogMetrics(Path(app.instance_path) / "metrics")
    app.extensions["metrics"] = metrics
    # Events are counted whatever the log level is.
    app.logger.setLevel(logging.DEBUG)
    app.logger.addHandler(metrics)
    with app.app_context():
        metrics.watch(db.engine)
