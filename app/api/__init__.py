"""The JSON API, for clients that act for a user with a token."""

from __future__ import annotations

from flask import Flask

from app.api import access, routes
from app.api.blueprint import bp
from app.web import surfaces

__all__ = ["access", "init_app", "routes"]


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    surfaces.declare(app, bp, surfaces.JSON)
