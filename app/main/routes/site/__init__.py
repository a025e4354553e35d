"""Pages for the site itself; importing them registers their routes."""

from app.main.routes.site import health, languages, shortcuts, site_files

__all__ = ["health", "languages", "shortcuts", "site_files"]
