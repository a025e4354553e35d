"""Pages for relationships between people; importing them registers their routes."""

from app.main.routes.community import blocks, filters, follow_requests, follows, mutes

__all__ = ["blocks", "filters", "follow_requests", "follows", "mutes"]
