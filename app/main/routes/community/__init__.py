"""Pages for relationships between people; importing them registers their routes."""

from app.main.routes.community import (
    blocks,
    filters,
    follow_requests,
    follows,
    home_choices,
    mutes,
    tag_follows,
)

__all__ = [
    "blocks",
    "filters",
    "follow_requests",
    "follows",
    "home_choices",
    "mutes",
    "tag_follows",
]
