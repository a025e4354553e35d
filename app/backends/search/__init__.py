"""Search: the configured engine."""

from flask import Flask, current_app

from app.backends.search.base import WINDOW, Document, Kind, Search, SearchError, SearchQuery
from app.backends.search.database import DatabaseSearch
from app.backends.search.fallback import FallbackSearch

__all__ = [
    "WINDOW",
    "DatabaseSearch",
    "Document",
    "Kind",
    "Search",
    "SearchError",
    "SearchQuery",
    "get_search",
    "init_app",
]


def init_app(app: Flask) -> None:
    """Create the client for Elasticsearch, if configured; it connects at the first request."""
    if url := app.config["ELASTICSEARCH_URL"]:
        # Large, so imported only where it is used.
        from app.backends.search.elasticsearch import ElasticsearchSearch  # noqa: PLC0415

        engine = ElasticsearchSearch(url, app.config["ELASTICSEARCH_PREFIX"])
        app.extensions["elasticsearch"] = engine


def get_search() -> Search:
    """The engine of the current app: Elasticsearch with the database as fallback, or that alone."""
    primary = current_app.extensions.get("elasticsearch")
    return FallbackSearch(primary, DatabaseSearch()) if primary else DatabaseSearch()
