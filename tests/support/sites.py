"""Sites with settings of their own, where those of the shared one do not do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from app import db
from tests.conftest import QUICK, Browser, prepare_app
from tests.support.databases import sqlite_in, url_for

PRODUCTION = {"BASE_URL": "https://blog.example.org", "SECRET_KEY": "k" * 40}


class SiteBrowser(Browser):
    """A browser that asks the site by its own address."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        kwargs.setdefault("base_url", self.application.config["BASE_URL"])
        return super().open(*args, **kwargs)


@contextmanager
def open_site(folder: Path, **settings: str) -> Iterator[Flask]:
    """An app over the database of `folder`, with its context entered."""
    base = dict(QUICK)
    if "DATABASE_URL" not in settings:
        base["DATABASE_URL"] = url_for(folder)
    site = prepare_app(base | settings, folder)
    site.test_client_class = SiteBrowser
    with site.app_context():
        yield site
        db.session.remove()
        db.engine.dispose()


def open_sqlite_site(folder: Path, **settings: str) -> AbstractContextManager[Flask]:
    """The same on SQLite, whatever the other tests run on."""
    return open_site(folder, DATABASE_URL=sqlite_in(folder), **settings)
