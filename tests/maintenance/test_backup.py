"""`flask backup` and `flask restore`: from an empty machine back to the same site."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from flask import Flask

from app import db
from app.database.engine import create
from app.maintenance import backup, transfer
from app.models import Post, User
from app.services.accounts import links
from app.services.site import backups
from tests.support.commands import CommandLine
from tests.support.contents import assert_goes_on, contents, fail, fill, flask, open_at, succeed
from tests.support.databases import tried_kinds
from tests.support.factories import PASSWORD, make_post, make_user
from tests.support.servers import Postgresql
from tests.support.sites import PRODUCTION

Address = Callable[[str], str]

pytestmark = pytest.mark.server


@pytest.fixture
def address(postgresql: Postgresql) -> Address:
    """Makes addresses of databases that nobody has used."""
    # The built-in one lies in the folder of each site.
    return lambda kind: postgresql.new_database() if kind == "postgresql" else ""


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "backup.zip")


@pytest.mark.parametrize(
    ("here", "there"),
    [("sqlite", "sqlite"), ("sqlite", "postgresql"), ("postgresql", "sqlite")],
)
def test_an_empty_machine_becomes_the_same_site(
    here: str, there: str, address: Address, file: str, tmp_path: Path
) -> None:
    with open_at(tmp_path / "here", address(here)) as site:
        highest = fill(site)
        before = contents()
        with site.test_request_context():
            ana = db.session.scalars(User.named("ana")).one()
            link = links.address_of(links.Purpose.RESET_PASSWORD, ana)
        rows = sum(map(len, before.values()))
        assert f"Wrote {rows} rows" in succeed(site, "backup", file)
        assert f"is intact: {rows} rows." in succeed(site, "backup", "--verify", file)
    assert Path(file).stat().st_mode & 0o077 == 0
    url = address(there)
    with open_at(tmp_path / "there", url) as site:
        assert f"Restored {rows} rows" in succeed(site, "restore", file)
    # The next start reads the key that came back.
    with open_at(tmp_path / "there", url) as site:
        assert site.test_client().get(link).status_code == 200
        assert_goes_on(site, before, highest)


@pytest.mark.parametrize("kind", tried_kinds())
def test_a_backup_is_of_one_moment_while_people_go_on(
    kind: str, address: Address, tmp_path: Path
) -> None:
    with open_at(tmp_path, address(kind)) as site:
        fill(site)
        before = contents()
        file = tmp_path / "backup.zip"
        with transfer.snapshot(db.engine) as moment:
            transfer.counts(moment)
            steps = backup.write(moment, file)
            next(steps)
            make_post(make_user("dora"), "While it runs.")
            list(steps)
        assert db.session.scalars(sa.select(User).where(User.username == "dora")).one()
        succeed(site, "restore", "--replace", str(file))
        assert contents() == before


def test_a_backup_overwrites_nothing(file: str, tmp_path: Path) -> None:
    Path(file).write_text("something dear")
    with open_at(tmp_path, "") as site:
        assert fail(site, "backup", file) == f"{file} already exists"
    assert Path(file).read_text() == "something dear"


def test_a_backup_without_a_name_is_named_after_the_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with open_at(tmp_path / "instance", "") as site:
        succeed(site, "backup")
    assert len(list(tmp_path.glob("microblog-*Z.zip"))) == 1
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_a_backup_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with open_at(tmp_path, "") as site:
        assert "No such file or directory" in fail(site, "backup", f"{tmp_path}/no/backup.zip")
        assert backups.last_at() is None


def test_the_site_notes_when_it_was_backed_up_also_by_others(file: str, tmp_path: Path) -> None:
    with open_at(tmp_path, "") as site:
        succeed(site, "backup", file)
        first = backups.last_at()
        assert succeed(site, "backup", "--elsewhere") == "Noted.\n"
        assert first is not None and backups.last_at() > first
        assert "Use --elsewhere alone." in flask(site, "backup", "--elsewhere", file).output


@pytest.mark.parametrize("kind", tried_kinds())
def test_a_site_that_holds_data_is_replaced_only_on_request(
    kind: str, address: Address, file: str, tmp_path: Path
) -> None:
    with open_at(tmp_path / "here", address(kind)) as site:
        highest = fill(site)
        before = contents()
        succeed(site, "backup", file)
        make_post(make_user("dora"), "Written since.")
        later = contents()
        assert "add --replace" in fail(site, "restore", file)
        assert contents() == later
        succeed(site, "restore", "--replace", file)
        assert_goes_on(site, before, highest)


def test_a_restore_that_fails_leaves_what_was_there(
    address: Address, file: str, tmp_path: Path
) -> None:
    with open_at(tmp_path / "here", "") as site:
        fill(site)
        # What this database takes and the other one does not.
        db.session.execute(sa.update(User).values(time_zone="z" * 65))
        db.session.commit()
        succeed(site, "backup", file)
    with open_at(tmp_path / "there", address("postgresql")) as site:
        highest = fill(site)
        before = contents()
        key = site.config["SECRET_KEY"]
        line = fail(site, "restore", "--replace", file)
        assert line.startswith("the database refused: value too long")
        assert_goes_on(site, before, highest)
        assert (tmp_path / "there" / "secret_key").read_text() == key


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A backup of a site that is large enough to be interrupted."""
    folder = tmp_path_factory.mktemp("town")
    shell = CommandLine(folder, f"sqlite:///{folder}/app.db")
    shell.succeed("db", "upgrade")
    shell.succeed("demo", "--users", "100", "--posts", "2500")
    shell.succeed("backup", "town.zip")
    return str(folder / "town.zip")


@pytest.mark.parametrize("kind", tried_kinds())
def test_a_restore_that_is_killed_leaves_what_was_there(
    kind: str, address: Address, town: str, tmp_path: Path
) -> None:
    url = address(kind) or f"sqlite:///{tmp_path}/there.db"
    with open_at(tmp_path / "there", url) as site:
        highest = fill(site)
        before = contents()
        db.session.remove()
        db.engine.dispose()
        process = CommandLine(tmp_path, url).start("restore", "--replace", town)
        assert process.stdout is not None
        line = process.stdout.readline()
        process.kill()
        assert line == "Rows\n"
        assert "Restored" not in process.communicate()[0]
        assert_goes_on(site, before, highest)


def rewrite(file: str, changes: dict[str, Any], data: bytes | None = None) -> None:
    """Make the backup say something else, and hold other data."""
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(parts[backup.MANIFEST]) | changes
    parts[backup.MANIFEST] = json.dumps(manifest).encode()
    parts[backup.DATABASE] = parts[backup.DATABASE] if data is None else data
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def step_back(site: Flask, file: str, tmp_path: Path) -> None:
    """Make the backup one that an older version has written."""
    with zipfile.ZipFile(file) as archive:
        data = Path(archive.extract(backup.DATABASE, tmp_path))
    engine = create(f"sqlite:///{data}")
    scripts = site.extensions["migrate"].migrate.get_config()
    scripts.attributes["engine"] = engine
    command.downgrade(scripts, "20261121_1540")
    with engine.connect() as connection:
        rows = sa.inspect(connection).get_table_names()
        counted = {
            name: connection.scalar(sa.select(sa.func.count()).select_from(sa.table(name)))
            for name in rows
            if name in db.metadata.tables
        }
    engine.dispose()
    changes = {"rows": counted, "sha256": sha256(data.read_bytes()).hexdigest()}
    rewrite(file, changes, data.read_bytes())


def test_a_backup_of_an_older_version_is_brought_up_to_date(file: str, tmp_path: Path) -> None:
    with open_at(tmp_path / "here", "") as site:
        make_post(make_user("ana"), "From long ago.")
        succeed(site, "backup", file)
        step_back(site, file, tmp_path)
    with open_at(tmp_path / "there", "") as site:
        succeed(site, "restore", file)
        assert db.session.scalars(sa.select(Post.body)).all() == ["From long ago."]
        ana = db.session.scalars(User.named("ana")).one()
        assert ana.check_password(PASSWORD)


def test_a_damaged_backup_is_found_out_and_not_restored(file: str, tmp_path: Path) -> None:
    with open_at(tmp_path / "here", "") as site:
        fill(site)
        succeed(site, "backup", file)
        whole = Path(file).read_bytes()
        middle = len(whole) // 2
        broken = {
            "a changed byte": whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :],
            "a part": whole[:middle],
            "nothing": b"",
        }
        for name, content in broken.items():
            Path(file).write_bytes(content)
            for words in (("backup", "--verify"), ("restore", "--replace")):
                assert "is not a readable backup" in fail(site, *words, file), name


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"format": 2}, "it was made by a newer version"),
        ({"sha256": "0"}, "its data does not match its checksum"),
        ({"rows": {"user": 100}}, "its rows do not match its manifest"),
    ],
)
def test_a_backup_that_contradicts_itself_is_refused(
    changes: dict[str, Any], reason: str, file: str, tmp_path: Path
) -> None:
    with open_at(tmp_path, "") as site:
        fill(site)
        succeed(site, "backup", file)
        rewrite(file, changes)
        assert fail(site, "backup", "--verify", file).endswith(reason)


def test_a_backup_whose_data_is_no_database_is_refused(file: str, tmp_path: Path) -> None:
    with open_at(tmp_path, "") as site:
        succeed(site, "backup", file)
        data = b"something else" * 1000
        rewrite(file, {"sha256": sha256(data).hexdigest()}, data)
        line = fail(site, "backup", "--verify", file)
        assert line == "the backup is damaged: file is not a database"


def test_a_key_that_stands_in_the_settings_has_to_be_set_again(file: str, tmp_path: Path) -> None:
    with open_at(tmp_path / "here", "", **PRODUCTION) as site:
        make_user("ana")
        succeed(site, "backup", file)
    with zipfile.ZipFile(file) as archive:
        assert backup.KEY not in archive.namelist()
    with open_at(tmp_path / "there", "") as site:
        key = site.config["SECRET_KEY"]
        assert "Set SECRET_KEY as it was" in succeed(site, "restore", file)
        assert (tmp_path / "there" / "secret_key").read_text() == key


def test_a_database_of_a_newer_version_is_neither_kept_nor_replaced(
    file: str, tmp_path: Path
) -> None:
    with open_at(tmp_path, "") as site:
        succeed(site, "backup", file)
        with db.engine.begin() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = 'tomorrow'"))
        assert "not up to date" in fail(site, "backup", f"{file}.zip")
        assert "cannot be brought up to date" in fail(site, "restore", "--replace", file)


def test_wrong_use_ends_with_two(tmp_path: Path) -> None:
    with open_at(tmp_path, "") as site:
        assert flask(site, "backup", "--verify").exit_code == 2
        assert flask(site, "restore").exit_code == 2
        assert flask(site, "restore", f"{tmp_path}/none.zip").exit_code == 2
