"""Pages for accounts; importing them registers their routes."""

from app.main.routes.accounts import (
    accounts,
    approvals,
    directory,
    invitations,
    sessions,
    settings,
    tokens,
    users,
)

__all__ = [
    "accounts",
    "approvals",
    "directory",
    "invitations",
    "sessions",
    "settings",
    "tokens",
    "users",
]
