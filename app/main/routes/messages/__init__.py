"""Pages for messages and notifications; importing them registers their routes."""

from app.main.routes.messages import messages, notifications, recipients

__all__ = ["messages", "notifications", "recipients"]
