"""Pages for messages and notifications; importing them registers their routes."""

from app.main.routes.messages import messages, notifications

__all__ = ["messages", "notifications"]
