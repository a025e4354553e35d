"""Addresses that people type and programs know, which lead to ours."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from app.main.blueprint import bp
from app.web.view_options import public


@bp.get("/login")
@public
def login_shortcut() -> ResponseReturnValue:
    return redirect(url_for("auth.login"))


@bp.get("/register")
@public
def register_shortcut() -> ResponseReturnValue:
    return redirect(url_for("auth.register"))


@bp.get("/.well-known/change-password")
@public
def change_password() -> ResponseReturnValue:
    """Where password managers send people (W3C, A Well-Known URL for Changing Passwords)."""
    return redirect(url_for("main.password_settings"))
