"""Settings of the site in the browser."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from app import db
from app.lib.dates import utcnow
from app.models import SiteSetting
from app.services.site import site_settings
from tests.support.factories import PASSWORD, make_token, make_user
from tests.support.live import LiveServer, serve
from tests.support.pages import check_page, get_page, log_in, send

SITE = "/admin/site"


def test_the_owner_names_the_site_and_every_page_shows_it(client, admin):
    answer = send(client, SITE, site_name="  Riverside ", site_description="Along\r\nthe river.")
    assert answer.location == SITE
    page = get_page(client, SITE)
    assert "Changes saved." in page.text
    assert page.fields(SITE)["site_name"] == "Riverside"
    about = get_page(client, "/about").text
    assert "About Riverside" in about and "Along the river." in about


def test_somebody_signed_in_sees_it_with_the_next_request_and_no_statement_more(app, client, admin):
    other = app.test_client()
    log_in(other, make_user("ana"))
    before = get_page(other, "/settings").statements
    send(client, SITE, site_name="Riverside")
    changed = get_page(other, "/settings")
    assert "Riverside" in changed.text
    # The settings, and what the process remembers besides: announcements.
    assert len(changed.statements) == len(before) + 2
    assert len(get_page(other, "/settings").statements) == len(before)


def test_a_visitor_sees_it_within_a_second_or_a_kept_page(app, client, admin):
    app.config["VISITOR_PAGE_SECONDS"] = 2
    visitor = app.test_client()
    assert "Create account" in get_page(visitor, "/auth/login").text
    send(client, SITE, registration="closed")
    with time_machine.travel(utcnow() + timedelta(seconds=1)):
        app.extensions["site_settings_checked_at"] = time.monotonic() - 1
        assert "Create account" not in get_page(visitor, "/auth/login").text


def test_a_visitor_costs_a_statement_once_a_second(app, client):
    app.extensions["site_settings_checked_at"] = float("-inf")
    get_page(client, "/about")
    checked_at = app.extensions["site_settings_checked_at"]
    get_page(client, "/about")
    assert app.extensions["site_settings_checked_at"] == checked_at


def test_a_client_of_the_api_follows_at_once(app, client, admin):
    token = make_token(admin)
    send(client, SITE, site_name="Riverside")
    app.config[site_settings.KNOWN], app.config["SITE_NAME"] = 0, "Microblog"
    answer = client.get("/api/me", headers={"Authorization": f"Bearer {token.secret}"})
    assert (answer.status_code, app.config["SITE_NAME"]) == (200, "Riverside")


def test_what_the_environment_sets_is_shown_as_fixed(app, client, admin):
    app.config.update(SITE_NAME="Hillside", SET_BY_ENVIRONMENT=frozenset({"SITE_NAME"}))
    page = get_page(client, SITE)
    assert "Set by SITE_NAME" in page.text
    assert page.all("input", id="SITE_NAME")[0].get("value") == "Hillside"
    assert "site_name" not in page.fields(SITE)
    send(client, SITE, site_name="Valley", site_description="Up the hill.")
    assert app.config["SITE_NAME"] == "Hillside"
    assert db.session.get(SiteSetting, "SITE_NAME") is None
    assert db.session.get(SiteSetting, "SITE_DESCRIPTION").value == "Up the hill."


def test_all_fixed_is_a_page_too(app, client, admin):
    app.config["SET_BY_ENVIRONMENT"] = frozenset(site_settings.LENGTHS)
    assert get_page(client, SITE).text.count("Set by") == len(site_settings.LENGTHS)
    assert send(client, SITE).location == SITE


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("site_name", "", "Please fill this in."),
        ("site_name", "x" * 61, "1 character too long"),
        ("site_description", "x" * 301, "1 character too long"),
        ("registration", "maybe", "Not a valid choice"),
        ("site_contact", "x" * 201, "1 character too long"),
        ("accent_color", "green", "Choose a color such as #17603f."),
        ("accent_color", "#ffd400", "The nearest color that works is #806a00."),
        ("default_language", "fr", "Not a valid choice"),
        ("post_max_length", "0", "Use a whole number from 1 to 10000."),
        ("post_max_length", "10001", "Use a whole number from 1 to 10000."),
        ("post_max_length", "many", "Use a whole number from 1 to 10000."),
        ("posts_per_page", "101", "Use a whole number from 1 to 100."),
    ],
)
def test_a_wrong_value_is_told_under_its_field(client, admin, field, value, message):
    answer = send(client, SITE, **{field: value})
    assert answer.status_code == 422
    assert message in check_page(answer).text
    assert db.session.get(SiteSetting, field.upper()) is None


def test_the_password_is_asked_for_after_half_an_hour_and_what_was_typed_comes_back(client, admin):
    with time_machine.travel(utcnow() + timedelta(minutes=29)):
        client.get("/index")
    with time_machine.travel(utcnow() + timedelta(minutes=31)):
        asked = send(client, SITE, site_name="Riverside", registration="closed")
        assert asked.status_code == 403
        fields = check_page(asked).fields("/auth/sudo") | {"password": PASSWORD}
        shown = check_page(client.post("/auth/sudo", data=fields)).fields(SITE)
        assert (shown["site_name"], shown["registration"]) == ("Riverside", "closed")
        assert client.post(SITE, data=shown).location == SITE
    assert db.session.get(SiteSetting, "SITE_NAME").value == "Riverside"


def test_the_question_for_new_members_has_answers(app, client, admin):
    answer = send(client, SITE, join_question="What do bees make?")
    assert answer.status_code == 422
    assert "Write at least one answer, or nobody could join." in check_page(answer).text
    values = {"join_question": "What do  bees make?", "join_answers": "honey, wax"}
    assert send(client, SITE, **values).location == SITE
    assert get_page(client, SITE).fields(SITE)["join_answers"] == "honey, wax"
    app.extensions["site_settings_checked_at"] = float("-inf")
    assert "What do bees make?" in get_page(app.test_client(), "/auth/register").text
    send(client, SITE, join_question="")
    app.extensions["site_settings_checked_at"] = float("-inf")
    assert "bees" not in get_page(app.test_client(), "/auth/register").text


def test_the_owner_chooses_the_color_and_every_page_loads_it(app, client, admin):
    assert "theme.css" not in client.get(SITE).text
    send(client, SITE, accent_color="#8A1C7C")
    (link,) = [
        link.get("href")
        for link in get_page(client, SITE).all("link", rel="stylesheet")
        if "theme.css" in link.get("href")
    ]
    answer = client.get(link)
    assert "--accent: #8a1c7c;" in answer.text
    assert answer.headers["Cache-Control"] == "max-age=31536000, public, immutable"
    send(client, SITE, accent_color="#17603f")
    assert "theme.css" not in client.get(SITE).text


def test_the_longest_post_follows_the_owner_at_once(app, client, admin):
    send(client, SITE, post_max_length="5", posts_per_page="3")
    # The first page after it reads what has changed.
    client.get("/about")
    answer = send(client, "/index", post="Hello!")
    assert "1 character too long" in check_page(answer).text
    assert app.config["POSTS_PER_PAGE"] == 3


def test_visitors_whose_language_is_none_of_ours_read_the_sites(app, client, admin):
    send(client, SITE, default_language="zh")
    app.extensions["site_settings_checked_at"] = float("-inf")
    visitor = app.test_client()
    page = get_page(visitor, "/auth/login", headers={"Accept-Language": "fr"})
    assert page.root.get("lang") == "zh"
    english = get_page(visitor, "/auth/login", headers={"Accept-Language": "en"})
    assert english.root.get("lang") == "en"


@pytest.mark.parametrize("role", ["member", "moderator"])
def test_nobody_else_finds_it(client, role):
    log_in(client, make_user("mona", role=role))
    assert client.get(SITE).status_code == 404


def test_the_settings_lead_to_it(client, admin):
    assert get_page(client, "/settings").all("a", href="/admin")
    assert get_page(client, "/admin/approvals").all("a", href=SITE)


@pytest.mark.server
@pytest.mark.slow
def test_every_process_follows_at_once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("live")
    with serve(f"sqlite:///{folder}/app.db", folder) as server:
        sam, ana = server.browser().join("sam"), server.browser().join("ana")
        make_admin(server, "sam")
        for number in range(5):
            assert sam.send(SITE, site_name=f"Riverside {number}").status == 302
            # Any of the processes may answer.
            pages = [ana.get("/about").body for _ in range(8)]
            assert all(f"About Riverside {number}" in page for page in pages)


def make_admin(server: LiveServer, username: str) -> None:
    change = sa.text('UPDATE "user" SET role_id = 3 WHERE username = :username')
    with server.engine.begin() as connection:
        connection.execute(change, {"username": username})
