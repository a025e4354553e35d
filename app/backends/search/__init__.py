"""Search: the engine that the settings choose."""

from app.backends.search.base import WINDOW, Kind, Search, Wanted
from app.backends.search.database import DatabaseSearch

__all__ = ["WINDOW", "Kind", "Search", "Wanted", "get_search"]


def get_search() -> Search:
    """The engine of the current app."""
    return DatabaseSearch()
