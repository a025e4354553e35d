"""Pages for the site itself; importing them registers their routes."""

from app.main.routes.site import health, languages, site_files

__all__ = ["health", "languages", "site_files"]
