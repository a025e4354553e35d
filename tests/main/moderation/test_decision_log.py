"""The page that tells everyone what moderators decided."""

from __future__ import annotations

import pytest

from app import db
from app.models import Rule
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
    decide(ben, "suspend", by=make_user("mia", role="moderator"), rule_id=SPAM, words="Enough!")
    decide(ana, "warn")
    page = get_page(client, LOG)
    for told in ("Week of", "Suspended", "Advertising or spam", "Warned", "None of them"):
        assert told in page.text
    for kept in ("ben", "Ben", "mia", "Enough!", "ana "):
        assert kept not in page.text


def test_a_removed_rule_keeps_its_name(client, public, ben):
    decide(ben, "warn", rule_id=SPAM)
    rules.remove(SPAM, COMMAND_LINE)
    db.session.commit()
    assert db.session.get_one(Rule, SPAM).removed_at
    assert "Advertising or spam" in get_page(client, LOG).text


def test_it_goes_on_page_by_page(app, client, public, ben):
    app.config["POSTS_PER_PAGE"] = 2
    for _ in range(3):
        decide(ben, "warn")
    (older,) = get_page(client, LOG).all("a", rel="next")
    assert "Warned" in get_page(client, older.get("href")).text


def test_a_closed_site_tells_its_members_alone(app, client, public, ana):
    app.config |= {"PUBLIC_READING": False, "REGISTRATION": "closed"}
    assert client.get(LOG).location.startswith("/auth/login")
    log_in(client, ana)
    assert "Nothing yet" in get_page(client, LOG).text
