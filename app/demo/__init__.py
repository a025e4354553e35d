"""Made-up people, posts and messages for `flask demo`. A leaf: nothing else imports it."""

from __future__ import annotations

from flask import Flask

from app.demo.commands import demo_command


def init_app(app: Flask) -> None:
    app.cli.add_command(demo_command)
