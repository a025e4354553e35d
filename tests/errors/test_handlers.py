"""The pages of failures: ours, the database's, and those of two clicks at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask, abort
from flask_login import current_user

from app import db
from app.database.transactions import restart_for_write
from app.lib.passwords import TooBusyError
from app.services.errors import EmailTakenError, GoneError
from app.web.view_options import public
from tests.support.databases import sqlite_in
from tests.support.factories import make_user
from tests.support.pages import check_page, log_in
from tests.support.servers import Postgresql, run_postgresql
from tests.support.sites import open_site

SECRET = "hunter2-in-a-parameter"


def _break_our_code() -> str:
    raise RuntimeError(SECRET)


def _break_a_statement() -> str:
    # A value of the wrong kind is refused by the driver: our fault, not the database's.
    db.session.execute(sa.text("SELECT :value"), {"value": object()})
    return ""


def _be_busy() -> str:
    raise TooBusyError


def _be_gone() -> str:
    raise GoneError


def _be_taken() -> str:
    raise EmailTakenError


FAILURES: dict[str, Callable[[], str]] = {
    "/code": _break_our_code,
    "/statement": _break_a_statement,
    "/busy": _be_busy,
    "/gone": _be_gone,
    "/taken": _be_taken,
    "/teapot": lambda: abort(418),
    "/failed": lambda: abort(500),
    "/paused": lambda: abort(503),
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Flask]:
    """A site with pages that fail in every way."""
    with open_site(tmp_path / "instance") as site:
        for path, view in FAILURES.items():

            def fail(view: Callable[[], str] = view) -> str:
                return view()

            site.add_url_rule(path, path, public(fail))
        yield site


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/code", 500, "Something went wrong"),
        ("/statement", 500, "Something went wrong"),
        ("/failed", 500, "Something went wrong"),
        ("/busy", 503, "Back in a moment"),
        ("/paused", 503, "Back in a moment"),
        ("/gone", 410, "Already done"),
        ("/teapot", 418, "That didn't work"),
    ],
)
def test_every_failure_has_a_page_in_the_look_of_the_site(
    site: Flask, path: str, status: int, words: str
) -> None:
    response = site.test_client().get(path)
    assert response.status_code == status
    page = check_page(response)
    assert words in page.text
    assert SECRET not in response.text
    assert ("Retry-After" in response.headers) == (status == 503)
    if status == 500:
        assert response.headers["X-Request-ID"] in page.text


@pytest.mark.parametrize(("path", "status"), [("/code", 500), ("/busy", 503), ("/nowhere", 404)])
def test_whoever_asks_for_json_is_told_in_json(site: Flask, path: str, status: int) -> None:
    client = site.test_client()
    response = client.get(path, headers={"Accept": "application/json"})
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    assert response.json is not None and response.json["status"] == status
    assert SECRET not in response.text
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert client.get(path, headers={"Accept": browser}).mimetype == "text/html"


def test_the_page_of_a_failure_speaks_the_language_of_the_visitor(site: Flask) -> None:
    response = site.test_client().get("/code", headers={"Accept-Language": "es"})
    assert 'lang="es"' in response.text


def test_an_address_that_was_taken_meanwhile_leads_on_with_a_notice(site: Flask) -> None:
    client = site.test_client()
    assert client.get("/taken").location == "/"
    assert "is now used by another account" in client.get("/").text


def test_without_its_database_the_site_says_so_and_recovers_by_itself(tmp_path: Path) -> None:
    folder, away = tmp_path / "instance", tmp_path / "elsewhere"
    # A file is the one database that can be moved away from below a site.
    with open_site(folder, DATABASE_URL=sqlite_in(folder)) as site:
        client = site.test_client()
        assert client.get("/explore").status_code == 200
        db.session.remove()
        db.engine.dispose()
        folder.rename(away)
        response = client.get("/explore")
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "5"
        assert "Back in a moment" in check_page(response).text
        assert client.get("/healthz").status_code == 200
        stylesheet = site.jinja_env.globals["asset"]("css/site.css")
        assert client.get(stylesheet).status_code == 200
        away.rename(folder)
        assert client.get("/explore").status_code == 200


def lose_the_connection() -> str:
    pid = db.session.scalar(sa.text("SELECT pg_backend_pid()"))
    with db.engine.connect() as other:
        other.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    abort(404)


def test_a_database_that_dies_on_the_way_to_an_error_page_is_a_pause(
    postgresql: Postgresql, tmp_path: Path
) -> None:
    def lose() -> str:
        # Pages that only read have nothing to roll back.
        restart_for_write()
        return lose_the_connection()

    with open_site(tmp_path, DATABASE_URL=postgresql.new_database()) as site:
        site.add_url_rule("/lose", "lose", public(lose))
        response = site.test_client().get("/lose")
        assert response.status_code == 503
        assert "Back in a moment" in check_page(response).text
        assert site.test_client().get("/explore").status_code == 200


def test_an_error_page_of_a_page_that_only_read_needs_no_database(
    postgresql: Postgresql, tmp_path: Path
) -> None:
    with open_site(tmp_path, DATABASE_URL=postgresql.new_database()) as site:
        site.add_url_rule("/lose", "lose", public(lose_the_connection))
        assert site.test_client().get("/lose").status_code == 404
        assert site.test_client().get("/explore").status_code == 200


@pytest.mark.server
def test_a_member_is_told_too_when_the_database_dies_under_their_page(tmp_path: Path) -> None:
    def lose() -> str:
        assert current_user.is_authenticated
        server.kill()
        return str(db.session.scalar(sa.text("SELECT 1")))

    with (
        run_postgresql() as server,
        open_site(tmp_path, DATABASE_URL=server.new_database()) as site,
    ):
        site.add_url_rule("/lose", "lose", public(lose))
        client = site.test_client()
        log_in(client, make_user("ana"))
        db.session.remove()
        db.engine.dispose()
        response = client.get("/lose")
        assert response.status_code == 503
        assert "Back in a moment" in check_page(response).text
        server.start()


def test_a_lost_visitor_can_search(client) -> None:
    page = check_page(client.get("/nowhere"))
    assert page.all("form", role="search")
    client.application.config["PUBLIC_READING"] = False
    assert not check_page(client.get("/nowhere")).all("form", role="search")
