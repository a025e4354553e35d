"""Timelines, posts, people and settings."""

from __future__ import annotations

from flask import Flask

from app.main.blueprint import bp
from app.main.routes import (
    accounts,
    exports,
    feeds,
    follows,
    health,
    languages,
    messages,
    notifications,
    posts,
    searches,
    sessions,
    settings,
    timelines,
    tokens,
    translations,
    users,
)

__all__ = [
    "accounts",
    "exports",
    "feeds",
    "follows",
    "health",
    "init_app",
    "languages",
    "messages",
    "notifications",
    "posts",
    "searches",
    "sessions",
    "settings",
    "timelines",
    "tokens",
    "translations",
    "users",
]


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
