"""Pages for the site itself; importing them registers their routes."""

from app.main.routes.site import (
    about,
    admin,
    announcements,
    audit,
    checklist,
    health,
    jobs,
    languages,
    rules,
    shortcuts,
    site_files,
    site_pages,
    site_settings,
)

__all__ = [
    "about",
    "admin",
    "announcements",
    "audit",
    "checklist",
    "health",
    "jobs",
    "languages",
    "rules",
    "shortcuts",
    "site_files",
    "site_pages",
    "site_settings",
]
