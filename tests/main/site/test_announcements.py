"""Announcements in the browser: made by those who manage the site, read and dismissed by all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import db
from app.lib.dates import utcnow
from app.models import User
from app.services.site import announcements
from app.services.site.audit import COMMAND_LINE
from tests.support.pages import Page, check_page, get_page, log_in, send

LIST = "/admin/announcements"


def browser_of(app: Flask, person: User) -> FlaskClient:
    client = app.test_client()
    log_in(client, person)
    return client


def shown(page: Page) -> str:
    return "".join("".join(aside.itertext()) for aside in page.all("aside", class_=ASIDE))


ASIDE = "announcement"


def test_what_is_announced_stands_on_every_page_until_dismissed(
    app: Flask, client: FlaskClient, admin: User, ana: User
) -> None:
    other = browser_of(app, ana)
    before = get_page(other, "/settings").statements
    assert send(client, LIST, text_en="Moving on **Friday**.").location == LIST
    assert "Announced." in get_page(client, LIST, statements=8).text
    page = get_page(other, "/explore?page=1", statements=8)
    assert "Moving on Friday." in shown(page)
    assert len(get_page(other, "/settings").statements) == len(before) + 1
    action = page.all("aside", class_=ASIDE)[0].find("form").get("action")
    fields = page.fields(action)
    assert other.post(action, data=fields).location == "/explore?page=1"
    assert shown(get_page(other, "/settings")) == ""
    assert "Moving on Friday." in shown(get_page(client, LIST, statements=8))


def test_visitors_and_applicants_see_none(app: Flask, ana: User) -> None:
    announcements.create({"en": "For members."}, utcnow(), None, COMMAND_LINE)
    ana.applied_at = utcnow()
    db.session.commit()
    for client in (app.test_client(), browser_of(app, ana)):
        assert "For members." not in get_page(client, "/explore").text


def test_dismissing_leads_nowhere_else(app: Flask, ana: User) -> None:
    made = announcements.create({"en": "Hi."}, utcnow(), None, COMMAND_LINE)
    client, action = browser_of(app, ana), f"/announcements/{made.id}/dismiss"
    fields = get_page(client, "/settings", statements=8).fields(action)
    assert client.post(action, data=fields | {"next": "//evil.example"}).location == "/index"


def test_it_is_planned_listed_and_ended(app: Flask, client: FlaskClient, admin: User) -> None:
    admin.time_zone = "America/Lima"
    db.session.commit()
    start = utcnow() - timedelta(hours=5) + timedelta(days=1)
    times = {"starts_at": f"{start:%Y-%m-%dT%H:%M}"}
    times["ends_at"] = f"{start + timedelta(days=1):%Y-%m-%dT%H:%M}"
    send(client, LIST, text_en="Later.", text_es="Luego.", **times)
    page = get_page(client, LIST, statements=8)
    assert "Planned" in page.text and "Luego." in page.text and shown(page) == ""
    (made,) = announcements.page(announcements.Cursor(5))
    assert abs(made.starts_at - utcnow() - timedelta(days=1)) < timedelta(minutes=1)
    action = f"{LIST}/{made.id}/end"
    fields = page.fields(action)
    assert client.post(action, data=fields).location == LIST
    assert "Over" in get_page(client, LIST, statements=8).text
    client.post(action, data=fields)
    assert "Someone else has decided already." in get_page(client, LIST, statements=8).text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"text_en": " "}, "Write the text in at least one language."),
        ({"text_zh": "x" * 501}, "1 character too long"),
        ({"text_en": "Hi.", "ends_at": "2020-01-01T09:00"}, "The end has to be after the start"),
        (
            {"text_en": "Hi.", "starts_at": "2031-01-02T09:00", "ends_at": "2031-01-01T09:00"},
            "The end has to be after the start",
        ),
        ({"text_en": "Hi.", "starts_at": "soon"}, "Not a valid datetime value."),
    ],
)
def test_what_cannot_be_announced_says_why(
    client: FlaskClient, admin: User, fields: dict[str, str], words: str
) -> None:
    answer = send(client, LIST, **fields)
    assert answer.status_code == 422
    assert words in check_page(answer).text


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_the_ends_of_time_are_no_error(client: FlaskClient, admin: User, year: str) -> None:
    times = {"starts_at": f"{year}-01-01T00:00", "ends_at": f"{year}-12-31T23:59"}
    assert send(client, LIST, text_en="Hi.", **times).status_code in (302, 422)


def test_others_make_none(client: FlaskClient, ana: User) -> None:
    log_in(client, ana)
    assert client.get(LIST).status_code == 404
