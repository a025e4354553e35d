"""`flask data move`: everything arrives, or nothing has happened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import db
from app.models import Post, User
from tests.support.commands import CommandLine
from tests.support.contents import (
    assert_goes_on,
    contents,
    fail,
    fill,
    flask,
    is_empty,
    open_at,
    succeed,
)
from tests.support.databases import tried_kinds
from tests.support.factories import make_post, make_user
from tests.support.servers import Postgresql

DIRECTIONS = [("sqlite", "postgresql"), ("postgresql", "sqlite")]
Address = Callable[[str], str]

pytestmark = pytest.mark.server


@pytest.fixture
def address(postgresql: Postgresql, tmp_path: Path) -> Address:
    """Makes addresses of databases that nobody has used."""

    def make(kind: str) -> str:
        if kind == "postgresql":
            return postgresql.new_database()
        return f"sqlite:///{tmp_path}/{len(list(tmp_path.glob('*.db')))}.db"

    return make


@pytest.mark.parametrize(("here", "there"), DIRECTIONS)
def test_everything_arrives_and_the_site_goes_on_there(
    here: str, there: str, address: Address, tmp_path: Path
) -> None:
    url = address(there)
    with open_at(tmp_path / "here", address(here)) as site:
        highest = fill(site)
        before = contents()
        output = succeed(site, "data", "move", "--to", url)
        assert f"Moved {sum(map(len, before.values()))} rows" in output
        assert f"Now set DATABASE_URL={url}" in output
        assert contents() == before
    with open_at(tmp_path / "there", url) as site:
        assert_goes_on(site, before, highest)


def test_the_erased_ids_survive_a_way_there_and_back(address: Address, tmp_path: Path) -> None:
    there, back = address("postgresql"), address("sqlite")
    with open_at(tmp_path / "here", f"sqlite:///{tmp_path}/first") as site:
        highest = fill(site)
        before = contents()
        succeed(site, "data", "move", "--to", there)
    with open_at(tmp_path / "there", there) as site:
        succeed(site, "data", "move", "--to", back)
    with open_at(tmp_path / "back", back) as site:
        assert_goes_on(site, before, highest)


def test_a_database_that_is_not_empty_is_left_alone(address: Address, tmp_path: Path) -> None:
    other = address("postgresql")
    with open_at(tmp_path / "there", other):
        make_user("cleo")
    with open_at(tmp_path / "here", address("sqlite")) as site:
        make_user("ana")
        assert fail(site, "data", "move", "--to", other) == "the other database is not empty"
    with open_at(tmp_path / "there", other):
        assert db.session.scalars(sa.select(User.username)).all() == ["cleo"]


@pytest.mark.parametrize("kind", tried_kinds())
def test_a_site_that_runs_must_stop_first(kind: str, address: Address, tmp_path: Path) -> None:
    with open_at(tmp_path / "here", address(kind)) as site:
        make_user("ana")
        running = CommandLine(tmp_path, db.engine.url.render_as_string(hide_password=False))
        worker = running.start("worker")
        try:
            assert worker.stdout is not None
            # It has been at the database once its first job is done.
            worker_log = iter(worker.stdout.readline, "")
            db.session.execute(sa.text(IMPATIENT), {"now": "2026-01-01 00:00:00"})
            db.session.commit()
            assert any("purge done" in line for line in worker_log)
            line = fail(site, "data", "move", "--to", f"sqlite:///{tmp_path}/other")
        finally:
            worker.kill()
            worker.communicate()
        assert line.startswith("the database is in use; stop the site first")


IMPATIENT = """
INSERT INTO task (name, payload, created_at, available_at, attempts, last_error)
VALUES ('purge', '{}', :now, :now, 0, '')
"""


def test_a_move_that_fails_changes_nothing_and_can_be_started_again(
    address: Address, tmp_path: Path
) -> None:
    other = address("postgresql")
    with open_at(tmp_path / "here", address("sqlite")) as site:
        highest = fill(site)
        # What this database takes and the other one does not.
        db.session.execute(sa.update(User).values(time_zone="z" * 65))
        db.session.commit()
        before = contents()
        line = fail(site, "data", "move", "--to", other)
        assert line.startswith("the database refused: value too long")
        assert contents() == before
        db.session.execute(sa.update(User).values(time_zone=None))
        db.session.commit()
        before = contents()
        succeed(site, "data", "move", "--to", other)
    with open_at(tmp_path / "there", other) as site:
        assert_goes_on(site, before, highest)


ALTERING = """
CREATE FUNCTION alter_words() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN new.body = upper(new.body); RETURN new; END $$;
CREATE TRIGGER alter_words BEFORE INSERT ON post FOR EACH ROW EXECUTE FUNCTION alter_words()
"""


def test_a_row_that_arrives_changed_stops_the_move(address: Address, tmp_path: Path) -> None:
    other = address("postgresql")
    with open_at(tmp_path / "there", other), db.engine.begin() as connection:
        connection.exec_driver_sql(ALTERING)
    with open_at(tmp_path / "here", address("sqlite")) as site:
        fill(site)
        line = fail(site, "data", "move", "--to", other)
        assert line == "the copy of the table post differs from its source"
    with open_at(tmp_path / "there", other):
        assert is_empty()


@pytest.mark.parametrize(("here", "there"), DIRECTIONS)
def test_a_move_that_is_killed_can_be_started_again(
    here: str, there: str, address: Address, tmp_path: Path
) -> None:
    other = address(there)
    shell = CommandLine(tmp_path, address(here))
    shell.succeed("db", "upgrade")
    shell.succeed("demo", "--users", "100", "--posts", "2500")
    process = shell.start("data", "move", "--to", other)
    assert process.stdout is not None
    line = process.stdout.readline()
    process.kill()
    assert line == "Rows\n"
    assert "Moved" not in process.communicate()[0]
    with open_at(tmp_path / "there", other):
        assert is_empty()
    shell.succeed("data", "move", "--to", other)
    with open_at(tmp_path / "there", other):
        posts = sa.select(sa.func.count(Post.id)).where(Post.repost_of_id.is_(None))
        assert db.session.scalars(posts).one() == 2500


@pytest.mark.parametrize("url", ["mysql://localhost/x", "", "sqlite:///:memory:", "sqlite://"])
def test_an_address_that_cannot_be_is_wrong_use(url: str, tmp_path: Path) -> None:
    with open_at(tmp_path, "") as site:
        assert flask(site, "data", "move", "--to", url).exit_code == 2


def test_the_present_database_is_no_other_one(tmp_path: Path) -> None:
    with open_at(tmp_path, "") as site:
        make_post(make_user("ana"))
        line = fail(site, "data", "move", "--to", "sqlite:///app.db")
        assert line == "this is the current database"


def test_a_password_is_not_shown(tmp_path: Path) -> None:
    with open_at(tmp_path, "") as site:
        line = fail(site, "data", "move", "--to", "postgresql://ana:hunter2@127.0.0.1:1/x")
        assert "hunter2" not in line
        assert "Connection refused" in line
