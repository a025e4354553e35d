"""Pages for posts; importing them registers their routes."""

from app.main.routes.posts import (
    bookmarks,
    feeds,
    likes,
    menus,
    posts,
    replies,
    searches,
    timelines,
    translations,
)

__all__ = [
    "bookmarks",
    "feeds",
    "likes",
    "menus",
    "posts",
    "replies",
    "searches",
    "timelines",
    "translations",
]
