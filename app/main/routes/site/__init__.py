"""Pages for the site itself; importing them registers their routes."""

from app.main.routes.site import health, languages

__all__ = ["health", "languages"]
