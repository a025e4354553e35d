"""Figures: whose file is whose, and what is counted beside the log. The rest is in test_serving."""

from __future__ import annotations

import io
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import prometheus_client.values
import pytest
import sqlalchemy as sa
from flask import Flask
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from app.lib.log_events import event_fields
from app.telemetry.metrics import LogMetrics, ProcessSlot


@pytest.fixture
def figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LogMetrics]:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    monkeypatch.setattr(prometheus_client.values, "ValueClass", None)
    figures = LogMetrics(tmp_path)
    yield figures
    prometheus_client.values.ValueClass.close_all_files()
    os.close(figures.slot.lock)


def value(figures: LogMetrics, name: str, **labels: str) -> float | None:
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(figures.folder))
    return registry.get_sample_value(f"microblog_{name}", labels)


def tell(figures: LogMetrics, name: str, **facts: object) -> None:
    record = logging.LogRecord("app", logging.INFO, "", 0, "", (), None)
    record.__dict__.update(event_fields(name, **facts))
    figures.handle(record)


def test_the_slot_of_a_dead_process_is_taken_over(tmp_path: Path) -> None:
    first, second, third = (ProcessSlot(tmp_path) for _ in range(3))
    assert (first(), second(), first()) == (0, 1, 0)
    os.close(first.lock)
    assert third() == 0
    for slot in (second, third):
        os.close(slot.lock)


def test_made_up_methods_and_addresses_make_no_figures_of_their_own(figures: LogMetrics) -> None:
    for method in ("BREW", "POUR"):
        tell(figures, "request", route=None, method=method, status=405, ms=1)
    labels = {"route": "none", "method": "other", "status": "4xx"}
    assert value(figures, "request_seconds_count", **labels) == 2


def test_words_for_people_alone_are_not_counted(figures: LogMetrics) -> None:
    figures.handle(logging.LogRecord("app", logging.INFO, "", 0, "hello", (), None))
    assert value(figures, "events_total", event="message") is None


def test_writers_that_sqlite_turns_away_and_connections_in_use_are_counted(
    figures: LogMetrics, tmp_path: Path
) -> None:
    url, waits = f"sqlite:///{tmp_path}/x.sqlite", {"timeout": 0, "isolation_level": None}
    engine, other = (sa.create_engine(url, connect_args=waits) for _ in range(2))
    figures.watch(engine)
    with other.connect() as writer, engine.connect() as late:
        writer.exec_driver_sql("BEGIN IMMEDIATE")
        with pytest.raises(sa.exc.OperationalError):
            late.exec_driver_sql("BEGIN IMMEDIATE")
        with pytest.raises(sa.exc.OperationalError):
            late.exec_driver_sql("SELECT * FROM nothing")
        assert value(figures, "pool_in_use") == 1
    assert value(figures, "sqlite_busy_total") == 1
    assert value(figures, "pool_in_use") == 0
    engine.dispose()
    other.dispose()


def test_a_port_that_is_taken_stops_nothing(figures: LogMetrics) -> None:
    site = Flask("app")
    with socket.create_server(("127.0.0.1", 0)) as other, logged_plainly() as book:
        site.config["METRICS_PORT"] = port = other.getsockname()[1]
        figures.listen(site)
    assert f"could not serve metrics on port {port}: Address already in use" in book.getvalue()


@contextmanager
def logged_plainly() -> Iterator[io.StringIO]:
    book = io.StringIO()
    handler = logging.StreamHandler(book)
    logger = logging.getLogger("app")
    level = logger.level
    # A site of another test may have left its own level behind.
    logger.setLevel(logging.WARNING)
    logger.addHandler(handler)
    yield book
    logger.removeHandler(handler)
    logger.setLevel(level)
