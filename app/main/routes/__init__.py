"""Pages of the site, by subject; importing them registers their routes."""

from app.main.routes import accounts, community, data, messages, moderation, posts, site

__all__ = ["accounts", "community", "data", "messages", "moderation", "posts", "site"]
