"""Migrations: there and back, on every database, and equal to the models."""

from __future__ import annotations

from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from flask import Flask

from app import create_app, db
from app.models import Post
from tests.commands import CommandLine
from tests.factories import make_post, make_user
from tests.servers import Postgresql

ANEW = """
import sqlalchemy as sa
from alembic import op

revision = "anew"
down_revision = "{newest}"


def upgrade():
    with op.batch_alter_table("user", recreate="always") as batch_op:
        batch_op.alter_column("theme", type_=sa.String(16))
"""


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


@pytest.mark.server
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_migrators_at_once_both_succeed(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path}/app.db"
    if kind == "postgresql":
        url = request.getfixturevalue("postgresql").new_database()
    site = CommandLine(tmp_path, url)
    processes = [site.start("db", "upgrade") for _ in range(2)]
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert site.run("db", "check").code == 0


def test_a_table_made_anew_keeps_the_rows_that_refer_to_it(tmp_path: Path) -> None:
    app = migrated_app({}, tmp_path)
    with app.app_context():
        flask_migrate.upgrade()
        ana = make_user("ana")
        make_post(ana)
        db.session.remove()
        # SQLite can only change a column by making the table anew.
        steps = app.extensions["migrate"].migrate.get_config()
        folder = tmp_path / "versions"
        folder.mkdir()
        newest = ScriptDirectory.from_config(steps).get_current_head()
        (folder / "anew.py").write_text(ANEW.format(newest=newest))
        steps.set_main_option(
            "version_locations", f"{steps.get_main_option('script_location')}/versions {folder}"
        )
        steps.set_main_option("path_separator", "space")
        command.upgrade(steps, "anew")
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Post)) == 1
        db.session.remove()
        db.engine.dispose()
