"""Staff choose which emails they get."""

from __future__ import annotations

from app import db
from app.services.messages import subscriptions
from tests.support.factories import make_user
from tests.support.pages import get_page, log_in, send

EMAILS = "/settings/emails"


def test_members_have_nothing_to_choose(client, ana):
    log_in(client, ana)
    assert client.get(EMAILS).status_code == 404
    assert not get_page(client, "/settings").all("a", href=EMAILS)


def test_a_moderator_turns_theirs_off_and_on(client):
    mia = make_user("mia", role="moderator")
    log_in(client, mia)
    assert get_page(client, "/settings").all("a", href=EMAILS)
    page = get_page(client, EMAILS)
    assert "New cases and appeals" in page.text
    assert "People who ask to join" not in page.text
    fields = page.fields(EMAILS)
    assert fields.pop("cases_waiting")
    assert client.post(EMAILS, data=fields).location == EMAILS
    db.session.expire_all()
    assert subscriptions.unwanted_by(mia) == {"cases_waiting"}
    assert "cases_waiting" not in get_page(client, EMAILS).fields(EMAILS)
    assert send(client, EMAILS, cases_waiting="y").status_code == 302
    db.session.expire_all()
    assert subscriptions.unwanted_by(mia) == set()
