"""Pages of moderation; importing them registers their routes."""

from app.main.routes.moderation import appeals, cases, decisions, reports, templates

__all__ = ["appeals", "cases", "decisions", "reports", "templates"]
