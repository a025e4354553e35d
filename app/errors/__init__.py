"""Error handlers and error pages."""

from app.errors.handlers import init_app

__all__ = ["init_app"]
