"""The site's pages: timelines, posts, people, messages and settings."""

from __future__ import annotations

from flask import Flask

from app.main import routes
from app.main.blueprint import bp

__all__ = ["init_app", "routes"]


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
