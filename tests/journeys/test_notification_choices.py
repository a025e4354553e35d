"""Somebody chooses the daily digest, gets it, and ends it with one click, scripts or not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
import sqlalchemy as sa

from app import db, outbox
from app.lib.dates import utcnow
from app.models import Digest, NotificationGroup, Task, User
from tests.journeys.conftest import Person, Site
from tests.journeys.test_accessibility import check

pytestmark = pytest.mark.browser
Open = Callable[..., Person]
UNSUBSCRIBE = r"http://\S+/auth/unsubscribe/\S+"


def select(person: Person, field: str, value: str) -> None:
    person.page.locator(f"[name={field}]").select_option(value)


def selected(person: Person, field: str) -> str:
    return str(person.page.locator(f"[name={field}]").input_value())


def a_day_passes(site: Site, username: str) -> None:
    """What came to somebody is from yesterday, as is their last digest, and the worker looks."""
    yesterday = utcnow() - timedelta(days=1)
    with site.app.app_context():
        user = db.session.scalars(User.named(username)).one()
        groups = sa.update(NotificationGroup).where(NotificationGroup.user_id == user.id)
        db.session.execute(groups.values(created_at=yesterday))
        digest = sa.update(Digest).where(Digest.user_id == user.id)
        values = {"sent_on": yesterday.date() - timedelta(days=1), "hour": 0}
        values["covered_until"] = yesterday - timedelta(days=1)
        db.session.execute(digest.values(values))
        outbox.put("queue_digests", {})
        db.session.commit()


def test_a_digest_is_chosen_read_and_ended(new_member: Open, site: Site, scripts: bool) -> None:
    name = f"digester{scripts:d}"
    person = new_member(name, scripts=scripts)
    writer = new_member(f"digested{scripts:d}", scripts=scripts)
    person.follow_link("Notifications")
    person.follow_link("Notification settings")
    if scripts:
        check(person, "notification-settings", "wide")
    select(person, "mention_delivery", "digest")
    select(person, "digest_hour", "18")
    person.press("Save")
    assert person.sees("Changes saved.")
    assert (selected(person, "mention_delivery"), selected(person, "digest_hour")) == (
        "digest",
        "18",
    )
    writer.visit("/index")
    writer.fill(post=f"Good morning, @{name}!")
    writer.press("Post")
    a_day_passes(site, name)
    link = site.mailbox.find(f"{name}@example.com", UNSUBSCRIBE)
    # In the browser of somebody who is not signed in.
    person.context.clear_cookies()
    person.visit(link)
    assert person.sees("You get these emails.")
    if scripts:
        check(person, "unsubscribe", "wide")
    person.press("Don't send them")
    assert person.sees("You won't get these emails anymore.")
    person.sign_in(name)
    person.visit("/settings/notifications")
    assert selected(person, "mention_delivery") == "site"
    # And back, by the same link.
    person.visit(link)
    person.press("Send them again")
    assert person.sees("You get these emails.")
    person.visit("/settings/notifications")
    assert selected(person, "mention_delivery") == "digest"


def test_a_mail_program_ends_emails_about_replies(
    new_member: Open, site: Site, scripts: bool
) -> None:
    name = f"answered{scripts:d}"
    person = new_member(name, scripts=scripts)
    writer = new_member(f"answerer{scripts:d}", scripts=scripts)
    person.visit("/settings/notifications")
    select(person, "reply_delivery", "mail")
    person.press("Save")
    person.visit("/index")
    person.fill(post=f"Is the ferry late, {name}?")
    person.press("Post")
    writer.visit("/explore")
    writer.page.locator("article", has_text=f"Is the ferry late, {name}?").first.locator(
        ".act-reply"
    ).click()
    writer.page.wait_for_url("**/reply")
    writer.fill(post="Only a little.")
    writer.press("Reply")
    assert writer.sees("Reply posted.")
    with site.app.app_context():
        # The worker would wait for a while, in which they may read it on the site.
        waiting = sa.update(Task).where(Task.name == "mail_notification")
        db.session.execute(waiting.values(available_at=utcnow()))
        db.session.commit()
    link = site.mailbox.find(f"{name}@example.com", UNSUBSCRIBE)
    body = urlencode({"List-Unsubscribe": "One-Click"}).encode()
    with urlopen(Request(link, body)) as answer:
        assert answer.status == 200
    person.visit("/settings/notifications")
    assert selected(person, "reply_delivery") == "site"
