"""The list of what is still to do, on the pages of administration."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.models import User
from tests.support.factories import make_user
from tests.support.pages import Page, get_page, log_in, send

SITE, DISMISS = "/admin/site", "/admin/checklist/dismiss"
# The overview shows many things.
STATEMENTS = 15


@pytest.fixture
def admin(client: FlaskClient) -> User:
    """Signed in at `client`."""
    person = make_user("sam", role="admin")
    log_in(client, person)
    return person


def done(page: Page) -> list[str]:
    steps = page.all("li", class_="checklist__done")
    return [" ".join("".join(step.itertext()).split()) for step in steps]


def test_steps_lead_to_where_they_are_done_and_tick_themselves_off(client, admin):
    page = get_page(client, "/admin", statements=STATEMENTS)
    assert "Getting started" in page.text and done(page) == []
    send(client, SITE, site_name="Riverside")
    done_now = done(get_page(client, "/admin", statements=STATEMENTS))
    assert done_now == ["Name your site(done)"]
    assert page.all("a", href="/admin/pages")


def test_the_list_can_be_sent_away(client, admin):
    page = get_page(client, "/admin", statements=STATEMENTS)
    answer = client.post(DISMISS, data=page.fields(DISMISS))
    assert answer.location == "/admin"
    assert "Getting started" not in get_page(client, "/admin", statements=STATEMENTS).text
