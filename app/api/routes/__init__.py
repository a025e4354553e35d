"""Operations of the API, by noun; importing them registers their routes."""

from app.api.routes import (
    blocks,
    docs,
    follows,
    messages,
    mutes,
    notifications,
    posts,
    searches,
    timelines,
    tokens,
    users,
)

__all__ = [
    "blocks",
    "docs",
    "follows",
    "messages",
    "mutes",
    "notifications",
    "posts",
    "searches",
    "timelines",
    "tokens",
    "users",
]
