"""The security log as its owner reads it."""

from __future__ import annotations

import re

from app import db
from app.services.accounts import security_events
from tests.support.factories import PASSWORD
from tests.support.pages import get_page, log_in, log_in_by_form, send

LOG = "/settings/security-log"


def test_changes_of_an_account_are_in_its_log_newest_first(app, client, ana):
    log_in(app.test_client(), ana)
    log_in_by_form(client, ana)
    send(client, "/settings/account", "/settings/account/username", username="anabel")
    send(client, "/settings/sessions", "/settings/sessions/end")
    values = {"name": "Weather", "scope": "read", "days": "30", "password": PASSWORD}
    send(client, "/settings/tokens", **values)
    new = "another horse 8 battery"
    send(client, "/settings/password", old_password=PASSWORD, password=new, password2=new)
    page = get_page(client, LOG)
    texts = [" ".join(item.find("p").text.split()) for item in page.all("ol", class_="log")[0]]
    assert texts == [
        "Password changed",
        "API token created",
        "All other devices were signed out",
        "Username changed",
        "Signed in",
        "Signed in",
    ]
    assert "anabel" in page.text
    assert "Weather" in page.text


def test_others_events_are_not_in_it(client, ana, cleo):
    security_events.record(cleo, "password_changed")
    log_in(client, ana)
    page = get_page(client, LOG)
    assert "Password changed" not in page.text


def test_what_a_device_claims_to_be_is_text(client, ana):
    security_events.record(ana, "signed_in", device="<b>x</b>", method="no such")
    security_events.record(ana, "of a later version")
    log_in(client, ana)
    page = get_page(client, LOG)
    assert "<b>x</b>" in page.text
    assert "of a later version" not in page.text


def test_a_long_log_has_pages(client, ana):
    for _ in range(30):
        security_events.record(ana, "password_changed")
    db.session.commit()
    log_in(client, ana)
    page = get_page(client, LOG)
    assert page.text.count("Password changed") < 30
    older = next(a.get("href") for a in page.all("a", rel="next"))
    assert re.match(rf"{LOG}\?before=\d+", older)
    assert "Password changed" in get_page(client, older).text
