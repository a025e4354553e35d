"""Migrations: there and back, on every database, and equal to the models."""

from __future__ import annotations

from pathlib import Path

import flask_migrate
import sqlalchemy as sa

from app import create_app, db


def test_every_database_goes_there_and_back(any_database: str, tmp_path: Path) -> None:
    app = create_app({"SQLITE_SYNCHRONOUS": "NORMAL", "DATABASE_URL": any_database}, tmp_path)
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
