"""Pages for posts; importing them registers their routes."""

from app.main.routes.posts import feeds, posts, searches, timelines, translations

__all__ = ["feeds", "posts", "searches", "timelines", "translations"]
