"""Choosing a time zone by the name of a city."""

from __future__ import annotations

from flask.testing import FlaskClient

from app import db
from app.models import User
from tests.support.pages import Page, get_page, log_in, send

PATH = "/settings/appearance"


def labels(page: Page) -> dict[str, str]:
    (chooser,) = page.all("select", name="time_zone")
    return {str(option.get("value")): str(option.text) for option in chooser.iter("option")}


def test_cities_have_names_in_the_language_of_the_page(client: FlaskClient, ana: User) -> None:
    log_in(client, ana)
    for language, name, continent in (
        ("en", "New York (GMT", "Americas"),
        ("es", "Nueva York (GMT", "América"),
        ("zh", "纽约 (GMT", "美洲"),
    ):
        ana.language = language
        db.session.commit()
        page = get_page(client, PATH)
        assert labels(page)["America/New_York"].startswith(name)
        assert labels(page)["Asia/Kolkata"].endswith(" (GMT+5:30)")
        assert continent in [group.get("label") for group in page.all("optgroup")]


def test_no_city_is_listed_twice(client: FlaskClient, ana: User) -> None:
    log_in(client, ana)
    found = labels(get_page(client, PATH))
    assert len(set(found.values())) == len(found) > 300
    assert "Asia/Calcutta" not in found


def test_another_name_of_a_zone_can_be_chosen_and_stays(client: FlaskClient, ana: User) -> None:
    log_in(client, ana)
    send(client, PATH, language="", time_zone="Asia/Calcutta", theme="system")
    assert ana.time_zone == "Asia/Calcutta"
    page = get_page(client, PATH)
    assert page.fields(PATH)["time_zone"] == "Asia/Calcutta"


def test_an_unknown_zone_is_refused(client: FlaskClient, ana: User) -> None:
    log_in(client, ana)
    for zone in ("Mars/Olympus", "", "../etc/passwd", "Etc/GMT+3"):
        answer = send(client, PATH, language="", time_zone=zone, theme="system")
        assert answer.status_code == 422, zone
