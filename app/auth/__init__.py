"""Sign-in, registration, password reset, email confirmation."""

from __future__ import annotations

from flask import Flask

from app.auth.blueprint import bp
from app.auth.routes import (
    emails,
    passkeys,
    passwords,
    registrations,
    sessions,
    setup,
    two_factor,
)

__all__ = [
    "emails",
    "init_app",
    "passkeys",
    "passwords",
    "registrations",
    "sessions",
    "setup",
    "two_factor",
]


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
