"""Timelines, posts, people and settings."""

from __future__ import annotations

from flask import Flask

from app.main.blueprint import bp
from app.main.routes import (
    accounts,
    follows,
    health,
    languages,
    posts,
    sessions,
    settings,
    timelines,
    tokens,
    users,
)

__all__ = [
    "accounts",
    "follows",
    "health",
    "init_app",
    "languages",
    "posts",
    "sessions",
    "settings",
    "timelines",
    "tokens",
    "users",
]


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
