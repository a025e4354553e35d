"""Pages for posts; importing them registers their routes."""

from app.main.routes.posts import feeds, menus, posts, replies, searches, timelines, translations

__all__ = ["feeds", "menus", "posts", "replies", "searches", "timelines", "translations"]
