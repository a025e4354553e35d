"""Search: the engine that the settings choose."""

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
    """Make the client for Elasticsearch, where there is one; it connects when it is asked."""
    if url := app.config["ELASTICSEARCH_URL"]:
        # Large, and of no use to others.
        from app.backends.search.elasticsearch import ElasticsearchSearch  # noqa: PLC0415

        engine = ElasticsearchSearch(url, app.config["ELASTICSEARCH_PREFIX"])
        app.extensions["elasticsearch"] = engine


def get_search() -> Search:
    """The engine of the current app: Elasticsearch with its URL, else the database."""
    first = current_app.extensions.get("elasticsearch")
    return FallbackSearch(first, DatabaseSearch()) if first else DatabaseSearch()
