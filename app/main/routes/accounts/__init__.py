"""Pages for accounts; importing them registers their routes."""

from app.main.routes.accounts import (
    accounts,
    approvals,
    blocklist,
    directory,
    invitations,
    keyboard,
    passkeys,
    people,
    roles,
    security_events,
    sessions,
    settings,
    tokens,
    two_factor,
    users,
    welcome,
)

__all__ = [
    "accounts",
    "approvals",
    "blocklist",
    "directory",
    "invitations",
    "keyboard",
    "passkeys",
    "people",
    "roles",
    "security_events",
    "sessions",
    "settings",
    "tokens",
    "two_factor",
    "users",
    "welcome",
]
