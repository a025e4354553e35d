"""Pages for relationships between people; importing them registers their routes."""

from app.main.routes.community import blocks, follows, mutes

__all__ = ["blocks", "follows", "mutes"]
