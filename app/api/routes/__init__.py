"""Operations of the API, by noun; importing them registers their routes."""

from app.api.routes import (
    audit,
    blocks,
    docs,
    follows,
    invitations,
    messages,
    mutes,
    notifications,
    people,
    posts,
    searches,
    timelines,
    tokens,
    users,
)

__all__ = [
    "audit",
    "blocks",
    "docs",
    "follows",
    "invitations",
    "messages",
    "mutes",
    "notifications",
    "people",
    "posts",
    "searches",
    "timelines",
    "tokens",
    "users",
]
