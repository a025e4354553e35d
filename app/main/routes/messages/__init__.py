"""Pages for messages and notifications; importing them registers their routes."""

from app.main.routes.messages import (
    email_settings,
    messages,
    notification_choices,
    notifications,
    recipients,
)

__all__ = ["email_settings", "messages", "notification_choices", "notifications", "recipients"]
