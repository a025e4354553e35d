"""Pages of moderation; importing them registers their routes."""

from app.main.routes.moderation import appeals, cases, decision_log, decisions, reports, templates

__all__ = ["appeals", "cases", "decision_log", "decisions", "reports", "templates"]
