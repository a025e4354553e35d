"""Pages for relationships between people; importing them registers their routes."""

from app.main.routes.community import follows

__all__ = ["follows"]
