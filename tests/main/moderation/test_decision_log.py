"""The page that tells everyone what moderators decided."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from app import db
from app.lib.dates import utcnow
from app.models import Rule, User
from app.models.moderation.decision import Action
from app.services.site import rules, site_settings
from app.services.site.audit import COMMAND_LINE
from tests.support.factories import make_user
from tests.support.moderation import SPAM, decide
from tests.support.pages import get_page, log_in

LOG = "/about/moderation"


@pytest.fixture
def public(app) -> None:
    site_settings.change({"MODERATION_LOG": "everyone"}, COMMAND_LINE)
    db.session.commit()
    site_settings.refresh_now()


def decide_last_week(person: User, action: Action, **values: Any) -> None:
    with time_machine.travel(utcnow() - timedelta(days=7)):
        decide(person, action, **values)


def test_it_is_for_moderators_until_the_site_shows_it(app, client, ana):
    assert client.get(LOG).status_code == 404
    assert not get_page(client, "/about").all("a", href=LOG)
    log_in(client, make_user("mia", role="moderator"))
    page = get_page(client, LOG)
    assert "Nothing yet" in page.text and "Only moderators see this page" in page.text
    app.config["MODERATION_LOG"] = "everyone"
    visitor = app.test_client()
    page = get_page(visitor, LOG)
    assert "Only moderators" not in page.text
    assert get_page(visitor, "/about").all("a", href=LOG)


def test_it_tells_weeks_and_rules_and_nobody(client, public, ana, ben):
    mia = make_user("mia", role="moderator")
    decide_last_week(ben, "suspend", by=mia, rule_id=SPAM, words="Enough!")
    decide_last_week(ana, "warn")
    decide(ana, "silence")
    page = get_page(client, LOG)
    for told in ("Week of", "Suspended", "Advertising or spam", "Warned", "None of them"):
        assert told in page.text
    # Nor what is not a week old, by which one could tell a single decision.
    for kept in ("Silenced", "ben", "Ben", "mia", "Enough!", "ana "):
        assert kept not in page.text


def test_a_removed_rule_keeps_its_name(client, public, ben):
    decide_last_week(ben, "warn", rule_id=SPAM)
    rules.remove(SPAM, COMMAND_LINE)
    db.session.commit()
    assert db.session.get_one(Rule, SPAM).removed_at
    assert "Advertising or spam" in get_page(client, LOG).text


def test_it_goes_on_page_by_page(client, public, ben):
    with time_machine.travel(utcnow() - timedelta(days=365)):
        decide(ben, "warn")
    decide_last_week(ben, "silence")
    page = get_page(client, LOG)
    assert "Silenced" in page.text and "Warned" not in page.text
    (older,) = page.all("a", rel="next")
    page = get_page(client, older.get("href"))
    assert "Warned" in page.text and "Silenced" not in page.text
    assert [link.get("href") for link in page.all("a", rel="prev")] == [LOG]


@pytest.mark.parametrize("before", ["x", "2026-11-24", "2999-01-07", "2026-W48-1", ""])
def test_what_is_no_monday_of_the_past_is_no_page(client, public, before):
    assert client.get(f"{LOG}?before={before}").status_code == 404


def test_a_closed_site_tells_its_members_alone(app, client, public, ana):
    app.config["PUBLIC_READING"] = False
    assert client.get(LOG).location.startswith("/auth/login")
    log_in(client, ana)
    assert "Nothing yet" in get_page(client, LOG).text
