"""Pages for accounts; importing them registers their routes."""

from app.main.routes.accounts import accounts, sessions, settings, tokens, users

__all__ = ["accounts", "sessions", "settings", "tokens", "users"]
