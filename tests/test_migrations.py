"""Migrations: there and back, on every database, and equal to the models."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from flask import Flask

from app import create_app, db
from app.database.cursor import Cursor
from app.lib.dates import utcnow
from app.lib.search.query import parse_query
from app.models import Mention, Post, Task, User
from app.services.accounts import accounts, roles
from app.services.messages import mails
from app.services.posts import searches
from app.services.site.audit import COMMAND_LINE
from tests.support.commands import SECONDS, CommandLine
from tests.support.databases import new_url, tried_kinds
from tests.support.factories import make_post, make_user
from tests.support.roles import make_role, named_role, role_name
from tests.support.servers import Postgresql
from tests.support.sites import open_site
from tests.support.waiting import START_SECONDS, eventually

STEP = """
import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{newest}"


def upgrade():
    {body}
"""
RECREATED = """with op.batch_alter_table("user", recreate="always") as batch_op:
        batch_op.alter_column("theme", type_=sa.String(16))"""
# As a version of then would, which knows no later column.
WRITING = """
INSERT INTO post (author_id, body, html, visibility, language, created_at, search_text)
SELECT author_id, 'Not held up', '', visibility, 'en', created_at, 'not held up' FROM post
"""
ORPHANING = """op.execute('DELETE FROM "user"')"""


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


def test_a_change_of_address_is_remembered_by_the_mail_about_it(
    any_database: str, tmp_path: Path
) -> None:
    app = create_app({"SQLITE_SYNCHRONOUS": "NORMAL", "DATABASE_URL": any_database}, tmp_path)
    with app.app_context():
        flask_migrate.upgrade()
        mails.queue("email_changed", make_user("ana"))
        mails.queue("password_changed", make_user("ben"))
        changed_at = db.session.scalars(sa.select(Task.created_at).order_by(Task.id)).first()
        db.session.commit()
        flask_migrate.downgrade(revision="20261121_1630")
        flask_migrate.upgrade()
        db.session.expire_all()
        found = db.session.scalars(sa.select(User.email_changed_at).order_by(User.id)).all()
        assert found == [changed_at, None]
        db.session.remove()
        db.engine.dispose()


def test_keys_of_posts_are_marked_anew_and_words_that_look_like_them_are_not(
    any_database: str, tmp_path: Path
) -> None:
    app = create_app({"SQLITE_SYNCHRONOUS": "NORMAL", "DATABASE_URL": any_database}, tmp_path)
    with app.app_context():
        flask_migrate.upgrade()
        ana = make_user("ana")
        typed = f"zzby{ana.id} zzonnews"
        make_post(ana, f"{typed} hello #tea")
        texts = sa.select(Post.search_text)
        new = db.session.scalar(texts)
        db.session.commit()
        flask_migrate.downgrade(revision="20261128_1520")
        assert db.session.scalar(texts).startswith(f"{typed} hello tea zzby{ana.id} zzontea")
        db.session.commit()
        flask_migrate.upgrade()
        assert db.session.scalar(texts) == new
        db.session.remove()
        db.engine.dispose()


def test_who_was_mentioned_before_is_known_afterward(any_database: str, tmp_path: Path) -> None:
    app = create_app({"SQLITE_SYNCHRONOUS": "NORMAL", "DATABASE_URL": any_database}, tmp_path)
    with app.app_context():
        flask_migrate.upgrade()
        ana, ben = make_user("ana"), make_user("ben")
        post = make_post(ana, "@Ben and @ana, @nobody")
        accounts.rename(ana, "anabel")
        db.session.commit()
        # As it was while a link stayed what it had been.
        post.html = post.html.replace("/user/anabel", "/user/ana")
        db.session.commit()
        rows = {(post.id, "ben", ben.id), (post.id, "ana", ana.id)}
        flask_migrate.downgrade(revision="20261128_1700")
        flask_migrate.upgrade()
        found = sa.select(Mention.post_id, Mention.name, Mention.user_id)
        assert {tuple(row) for row in db.session.execute(found)} == rows
        db.session.expire_all()
        assert '<a class="mention" href="/user/anabel">@ana</a>' in post.html
        db.session.remove()
        db.engine.dispose()


def test_people_who_were_here_before_are_listed_and_found_by_their_names(
    any_database: str, tmp_path: Path
) -> None:
    app = create_app({"SQLITE_SYNCHRONOUS": "NORMAL", "DATABASE_URL": any_database}, tmp_path)
    with app.app_context():
        flask_migrate.upgrade()
        make_user("ana", display_name="🌻 Ána Duarte", about_me="Bread")
        make_user("ben")
        rows = sa.select(User.name_key, User.search_text).order_by(User.id)
        new = db.session.execute(rows).all()
        assert [key for key, _ in new] == ["ana duarte", "ben"]
        db.session.commit()
        flask_migrate.downgrade(revision="20261128_1810")
        texts = db.session.scalars(sa.select(User.search_text).order_by(User.id)).all()
        assert texts == ["ana zz1f33b ana duarte bread", "ben"]
        db.session.commit()
        flask_migrate.upgrade()
        assert db.session.execute(rows).all() == new
        request = searches.for_people(parse_query("duar"), None)
        assert [person.username for person in searches.newest_people(request, Cursor(9))] == ["ana"]
        db.session.remove()
        db.engine.dispose()


def test_the_roles_of_before_are_rows_afterward(any_database: str, tmp_path: Path) -> None:
    app = create_app({"SQLITE_SYNCHRONOUS": "NORMAL", "DATABASE_URL": any_database}, tmp_path)
    with app.app_context():
        flask_migrate.upgrade()
        names = ("member", "moderator", "administrator")
        people = [make_user(f"{name[:5]}er") for name in names]
        for person, name in zip(people, names, strict=True):
            roles.give(person, named_role(name), COMMAND_LINE)
        db.session.commit()
        flask_migrate.downgrade(revision="20261129_0320")
        before = sa.text('SELECT role FROM "user" ORDER BY id')
        assert db.session.scalars(before).all() == ["member", "moderator", "admin"]
        db.session.commit()
        flask_migrate.upgrade()
        assert [role_name(person) for person in people] == list(names)
        assert make_role("Helpers").id == 4
        db.session.remove()
        db.engine.dispose()


@pytest.mark.server
@pytest.mark.parametrize("kind", tried_kinds())
def test_two_migrators_at_once_both_succeed(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = new_url(kind, tmp_path, request)
    site = CommandLine(tmp_path, url)
    processes = [site.start("db", "upgrade") for _ in range(2)]
    try:
        outputs = [process.communicate(timeout=SECONDS)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert site.run("db", "check").code == 0


@pytest.mark.server
def test_people_go_on_posting_while_indexes_are_made(
    postgresql: Postgresql, tmp_path: Path
) -> None:
    url = postgresql.new_database()
    with open_site(tmp_path, DATABASE_URL=url):
        old = make_post(make_user("ben"))
        flask_migrate.downgrade(revision="20261128_1900")
        writing = db.engine.connect()
        # However long it takes to start the command.
        writing.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        writing.execute(sa.update(Post).where(Post.id == old.id).values(language="en"))
        migration = CommandLine(tmp_path, url).start("db", "upgrade")
        try:
            # It waits for what was begun before; and behind it, nobody does.
            eventually(lambda: is_waiting_with("CREATE INDEX CONCURRENTLY"), START_SECONDS)
            db.session.execute(sa.text(WRITING))
            db.session.commit()
            writing.commit()
            output = migration.communicate(timeout=SECONDS)[0]
        finally:
            migration.kill()
            writing.close()
        assert migration.returncode == 0, output
        broken = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"
        assert db.session.scalar(sa.text(broken)) == 0
        request = searches.for_posts(parse_query('"held up"'), None, UTC)
        assert len(searches.newest_posts(request, Cursor(9))) == 1


@pytest.mark.server
def test_migrations_before_one_that_fails_stay_done(postgresql: Postgresql, tmp_path: Path) -> None:
    url = postgresql.new_database()
    with open_site(tmp_path, DATABASE_URL=url):
        make_post(make_user("ben"))
        flask_migrate.downgrade(revision="20261130_0900")
        db.session.commit()
        reading = db.engine.connect()
        reading.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        reading.execute(sa.text('SELECT id FROM "user"'))
        site = CommandLine(tmp_path, url)
        # It waits for the whole table of people, but not for long, since others wait behind it.
        assert "lock timeout" in site.run("db", "upgrade").output
        reading.close()
        version = sa.text("SELECT version_num FROM alembic_version")
        assert db.session.scalar(version) == "20261130_1000"
        db.session.commit()
        assert site.run("db", "upgrade").code == 0
        assert site.run("db", "check").code == 0


def is_waiting_with(start: str) -> bool:
    """Whether a statement that begins so waits for the locks of others."""
    waiting = "FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE :start || '%'"
    db.session.rollback()
    sql = sa.text(f"SELECT count(*) {waiting}")
    return bool(db.session.scalar(sql, {"start": start}))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Flask]:
    """A site on SQLite where somebody has written something."""
    url = f"sqlite:///{tmp_path}/app.db"
    app = create_app({"SQLITE_SYNCHRONOUS": "NORMAL", "DATABASE_URL": url}, tmp_path)
    with app.app_context():
        flask_migrate.upgrade()
        make_post(make_user("ana"))
        db.session.remove()
        yield app
        db.session.remove()
        db.engine.dispose()


def take_step(site: Flask, body: str, folder: Path) -> None:
    """Migrate on, by a migration that does `body`."""
    steps = site.extensions["migrate"].migrate.get_config()
    newest = ScriptDirectory.from_config(steps).get_current_head()
    (folder / "next.py").write_text(STEP.format(newest=newest, body=body))
    versions = f"{steps.get_main_option('script_location')}/versions {folder}"
    steps.set_main_option("version_locations", versions)
    steps.set_main_option("path_separator", "space")
    command.upgrade(steps, "next")


def test_a_table_made_anew_keeps_the_rows_that_refer_to_it(site: Flask, tmp_path: Path) -> None:
    # SQLite can only change a column by making the table again.
    take_step(site, RECREATED, tmp_path)
    assert db.session.scalars(sa.select(sa.func.count(Post.id))).one() == 1


def test_a_migration_that_would_lose_something_changes_nothing(site: Flask, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="would leave 1 rows without their parents"):
        take_step(site, ORPHANING, tmp_path)
    assert db.session.scalars(sa.select(sa.func.count(User.id))).one() == 1
    version = db.session.scalar(sa.text("SELECT version_num FROM alembic_version"))
    assert version != "next"


def test_the_day_of_the_last_public_post_is_known_afterward(
    any_database: str, tmp_path: Path
) -> None:
    app = create_app({"SQLITE_SYNCHRONOUS": "NORMAL", "DATABASE_URL": any_database}, tmp_path)
    with app.app_context():
        flask_migrate.upgrade()
        ana, ben = make_user("ana"), make_user("ben")
        make_post(ana, created_at=datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC))
        make_post(ana, "For few", visibility="followers")
        make_post(ben, "Gone", deleted_at=utcnow())
        flask_migrate.downgrade(revision="20261130_0920")
        flask_migrate.upgrade()
        db.session.expire_all()
        days = db.session.scalars(sa.select(User.last_posted_on).order_by(User.id)).all()
        assert days == [date(2026, 3, 1), None]
        db.session.remove()
        db.engine.dispose()
