"""Sites that search on Elasticsearch, and what tests of search share."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import Flask, current_app

import config
from app import db
from app.backends.search import get_search
from app.backends.search.elasticsearch import ElasticsearchSearch
from app.database.cursor import Cursor
from app.lib.search.query import parse_query
from app.models import SearchChange
from app.services.posts import search_index, searches
from tests.support.elasticsearch import Elasticsearch
from tests.support.sites import open_site

UTC_ZONE = ZoneInfo("UTC")
RECOVERY_SECONDS = 60


@contextmanager
def open_told_site(folder: Path, server: Elasticsearch, **settings: str) -> Iterator[Flask]:
    """A site with an index of its own on `server`; the index is there and empty."""
    base = {"ELASTICSEARCH_URL": server.url, "ELASTICSEARCH_PREFIX": server.new_prefix()}
    with open_site(folder, **base | settings) as site:
        rebuild()
        try:
            yield site
        finally:
            engine = engine_of(site)
            names = indices_of(site)
            if names:
                engine.manager.indices.delete(index=names)
            engine.client.close()


def engine_of(site: Flask) -> ElasticsearchSearch:
    engine: ElasticsearchSearch = site.extensions["elasticsearch"]
    return engine


def indices_of(site: Flask) -> list[str]:
    """All indices of the site, also half-made ones."""
    return sorted(engine_of(site).manager.indices.get(index=f"{engine_of(site).live}-*"))


def rebuild() -> None:
    for _ in search_index.rebuild():
        db.session.commit()


def settle() -> None:
    """Have everything found, or not any more, that was changed until now."""
    db.session.commit()
    if get_search().needs_sync:
        for _ in search_index.sync(may_build=False):
            db.session.commit()
        db.session.commit()
        refresh()


def refresh() -> None:
    engine_of(current_app).manager.indices.refresh()


def found_ids(text: str, *, is_best: bool = False) -> list[int]:
    """The posts that the engine, and no substitute, finds by `text`."""
    request = searches.for_posts(parse_query(text), None, UTC_ZONE)
    if request.query is None:
        return []
    engine, query = request.engine, request.query
    ids = (
        engine.search_by_relevance(query) if is_best else engine.search_by_date(query, Cursor(100))
    )
    assert not engine.is_degraded
    return ids


def find(text: str, *, is_best: bool = False) -> list[str]:
    """The bodies of the posts that `text` finds, once everything is told."""
    settle()
    ids = found_ids(text, is_best=is_best)
    return [post.body for post in searches.posts_by_id(ids, None)]


def find_people(text: str) -> list[str]:
    settle()
    request = searches.for_people(parse_query(text), None)
    ids = searches.best_people(request)
    assert not request.is_degraded
    return [person.username for person in searches.people_by_id(ids, None)]


def left() -> int:
    """How many changes wait to be told."""
    db.session.rollback()
    rows = db.session.scalars(sa.select(sa.func.count()).select_from(SearchChange)).one()
    # Not a moment longer than needed: the workers want to write.
    db.session.commit()
    return rows


def start_worker(environ: dict[str, str], stack: ExitStack) -> None:
    command = [sys.executable, "-m", "flask", "--app", "microblog", "worker"]
    worker = subprocess.Popen(command, cwd=config.ROOT, env=environ, stdout=subprocess.DEVNULL)
    stack.callback(worker.wait, 10)
    stack.callback(worker.kill)


def wait_until(is_true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + RECOVERY_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, f"not in time: {what}"
        time.sleep(0.2)
