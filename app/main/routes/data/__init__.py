"""Pages for data exports; importing them registers their routes."""

from app.main.routes.data import exports

__all__ = ["exports"]
