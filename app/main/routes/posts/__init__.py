"""Pages for posts; importing them registers their routes."""

from app.main.routes.posts import (
    bookmarks,
    conversations,
    drafts,
    feeds,
    folds,
    likes,
    markers,
    menus,
    pins,
    posts,
    replies,
    reposts,
    searches,
    timelines,
    translations,
)

__all__ = [
    "bookmarks",
    "conversations",
    "drafts",
    "feeds",
    "folds",
    "likes",
    "markers",
    "menus",
    "pins",
    "posts",
    "replies",
    "reposts",
    "searches",
    "timelines",
    "translations",
]
