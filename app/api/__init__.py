"""The JSON API: for programs that act for somebody with a token."""

from __future__ import annotations

from flask import Flask

from app.api import access
from app.api.blueprint import bp
from app.api.routes import (
    documents,
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
    "access",
    "documents",
    "follows",
    "init_app",
    "messages",
    "notifications",
    "posts",
    "searches",
    "timelines",
    "tokens",
    "users",
]


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
