"""Pages for accounts; importing them registers their routes."""

from app.main.routes.accounts import accounts, directory, sessions, settings, tokens, users

__all__ = ["accounts", "directory", "sessions", "settings", "tokens", "users"]
