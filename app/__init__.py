"""Microblog: a self-hosted social network for a club, a class or a town."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from flask import Flask

import config
from app import api, auth, backends, cli, demo, errors, main, maintenance, web
from app.database import engine
from app.extensions import babel, db, login, mail, migrate

__all__ = ["create_app", "db"]


def create_app(environ: Mapping[str, str] | None = None, instance: Path | None = None) -> Flask:
    """The application, configured from `environ` (default: the process's own).

    Raises config.SettingError, with one line per invalid setting.
    """
    instance = instance or config.ROOT / "instance"
    app = Flask(__name__, static_folder=None, instance_path=str(instance))
    app.jinja_environment = web.templates.Environment
    app.config.update(config.load(os.environ if environ is None else environ, instance))
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine.options(app.config["SQLALCHEMY_DATABASE_URI"])
    # The database in it has messages: other users of the machine must not read them.
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)

    db.init_app(app)
    engine.init_app(app)
    mail.init_app(app)
    backends.init_app(app)
    migrate.init_app(app, db, directory=str(config.ROOT / "migrations"), render_as_batch=True)
    login.init_app(app)
    # Before the scripts are written, which have texts of each language.
    babel.init_app(
        app,
        locale_selector=web.locale.select_locale,
        timezone_selector=web.locale.select_time_zone,
    )
    web.init_app(app)
    for part in (errors, auth, main, api, cli, maintenance, demo):
        part.init_app(app)
    return app
