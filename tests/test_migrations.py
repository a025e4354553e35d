"""Migrations: there and back, on every database, and equal to the models."""

from __future__ import annotations

from pathlib import Path

import flask_migrate
import sqlalchemy as sa
from flask import Flask

from app import create_app, db
from tests.servers import Postgresql


def migrated_app(settings: dict[str, str], folder: Path) -> Flask:
    return create_app({"SQLITE_SYNCHRONOUS": "NORMAL", **settings}, folder)


def there_and_back(app: Flask) -> None:
    with app.app_context():
        flask_migrate.upgrade()
        # Raises SystemExit when the models say something else than the migrations.
        flask_migrate.check()
        assert set(db.metadata.tables) <= set(sa.inspect(db.engine).get_table_names())
        flask_migrate.downgrade(revision="base")
        assert sa.inspect(db.engine).get_table_names() == ["alembic_version"]
        flask_migrate.upgrade()
        flask_migrate.upgrade()
        db.session.remove()
        db.engine.dispose()


def test_sqlite_goes_there_and_back(tmp_path: Path) -> None:
    there_and_back(migrated_app({}, tmp_path))


def test_postgresql_goes_there_and_back(postgresql: Postgresql, tmp_path: Path) -> None:
    there_and_back(migrated_app({"DATABASE_URL": postgresql.new_database()}, tmp_path))
