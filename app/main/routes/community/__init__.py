"""Pages for relationships between people; importing them registers their routes."""

from app.main.routes.community import blocks, follow_requests, follows, mutes

__all__ = ["blocks", "follow_requests", "follows", "mutes"]
