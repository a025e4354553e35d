"""Operations of the API, by noun; importing them registers their routes."""

from app.api.routes import (
    docs,
    follows,
    messages,
    notifications,
    posts,
    searches,
    timelines,
    tokens,
    users,
)

__all__ = [
    "docs",
    "follows",
    "messages",
    "notifications",
    "posts",
    "searches",
    "timelines",
    "tokens",
    "users",
]
