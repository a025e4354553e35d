"""What comes in while a page is open, in a real browser."""

from __future__ import annotations

from typing import Any

from app import db
from app.models import User
from tests.support.factories import make_message, make_post


def test_an_open_home_says_how_many_posts_came_in(new_member: Any, site: Any) -> None:
    reader = new_member("polly")
    with site.app.app_context():
        make_post(db.session.scalars(User.named("polly")).one(), "Before")
    reader.visit("/index")
    with site.app.app_context():
        make_post(db.session.scalars(User.named("polly")).one(), "Meanwhile")
    reader.page.evaluate("document.dispatchEvent(new Event('poll'))")
    reader.page.get_by_text("1 newer post").click()
    reader.page.wait_for_selector("text=Meanwhile")


def test_an_open_conversation_says_that_a_message_came_in(new_member: Any, site: Any) -> None:
    reader = new_member("mona")
    site.add_member("nilo")
    reader.visit("/messages/nilo")
    with site.app.app_context():
        sender, recipient = (
            db.session.scalars(User.named(name)).one() for name in ("nilo", "mona")
        )
        make_message(sender, recipient, "Are you there?")
    reader.page.evaluate("document.dispatchEvent(new Event('poll'))")
    reader.page.get_by_role("link", name="New messages").click()
    reader.page.wait_for_selector("text=Are you there?")
