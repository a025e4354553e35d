"""Somebody reads home on one device, stops, and goes on at that place on another."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser

from app import db
from app.models import Marker, User
from tests.journeys.conftest import Person, Site, open_browser
from tests.journeys.test_conversations import SIZES
from tests.support.factories import make_follow, make_post, make_user
from tests.support.waiting import eventually

pytestmark = pytest.mark.browser
Open = Callable[..., Person]


def write(site: Site, name: str, first: int, count: int) -> None:
    """Have the friend of `name` write so many posts, whose texts are numbered from `first`."""
    with site.app.app_context():
        friend = db.session.scalars(User.named(f"f{name}")).one_or_none() or make_user(f"f{name}")
        reader = db.session.scalars(User.named(name)).one()
        make_follow(reader, friend)
        for number in range(first, first + count):
            make_post(friend, f"Number {number} for {name}.")


def place_of(site: Site, name: str) -> int | None:
    """The id of the post that `name` has read up to."""
    with site.app.app_context():
        read = sa.select(Marker.last_read_id).join(User, User.id == Marker.user_id)
        return db.session.scalar(read.where(User.username == name))


def newest_on(person: Person) -> int:
    first = person.page.locator("article.post").first
    return int((first.get_attribute("id") or "").removeprefix("post-"))


def leave(person: Person) -> None:
    """Look at the page for a while, and go elsewhere."""
    person.page.wait_for_timeout(1500)
    person.visit("/about")


@pytest.mark.parametrize("size", SIZES)
def test_home_opens_at_the_place_on_another_device(
    new_member: Open, chromium: Browser, site: Site, size: str
) -> None:
    name = f"reader_{size}"
    here = new_member(name, viewport=SIZES[size])
    write(site, name, 0, 12)
    here.visit("/index")
    assert here.lacks("You are caught up") and here.lacks("Jump to where I stopped")
    newest = newest_on(here)
    # Below whom to follow, which is out of sight of it.
    here.page.locator("article.post").first.scroll_into_view_if_needed()
    leave(here)
    assert eventually(lambda: place_of(site, name) == newest)

    write(site, name, 12, 12)
    there = open_browser(chromium, site, viewport=SIZES[size])
    there.sign_in(name)
    there.visit("/about")
    there.visit("/index")
    place = there.page.locator("#place")
    assert there.sees("12 new posts") and there.sees("You stopped reading here")
    # Opened there, with what is new above and what is read below.
    there.wait_until("scrollY > 300")
    box = place.bounding_box()
    assert box is not None and 0 < box["y"] < SIZES[size]["height"] - box["height"]
    assert box["x"] >= 0 and box["x"] + box["width"] <= SIZES[size]["width"]
    # Read a little further up, not to the end: it is remembered as far as was on screen.
    there.page.mouse.wheel(0, -200)
    leave(there)
    assert eventually(lambda: (place_of(site, name) or 0) > newest)
    there.visit("/index")
    assert there.lacks("12 new posts")

    # Where it was written, home opens at its head, and nothing moves.
    there.page.wait_for_timeout(300)
    assert there.page.evaluate("scrollY") == 0
    there.page.get_by_role("button", name="posts as read").click()
    there.page.locator(".place", has_text="You are caught up").wait_for()
    here.visit("/index")
    assert here.sees("You are caught up") and here.lacks("new posts")


@pytest.mark.parametrize("size", SIZES)
def test_without_scripts_links_and_buttons_do_the_same(
    new_member: Open, site: Site, size: str
) -> None:
    name = f"plain_{size}"
    reader = new_member(name, viewport=SIZES[size], scripts=False)
    write(site, name, 0, 3)
    reader.visit("/index")
    reader.page.get_by_role("button", name="Mark 3 posts as read").click()
    assert reader.sees("You are caught up")
    write(site, name, 3, 30)
    reader.visit("/index")
    assert reader.sees("25+ new posts")
    reader.follow_link("Jump to where I stopped")
    assert reader.page.url.endswith("#place")
    assert reader.sees("Number 2 for") and reader.sees("Number 3 for")
    assert reader.lacks("Number 32 for")
    reader.follow_link("Older")
    assert reader.sees("Number 1 for") and reader.lacks("Number 2 for")
    reader.page.go_back()
    reader.follow_link("Newer posts")
    assert reader.sees("Number 32 for")
    reader.visit("/index")
    reader.page.get_by_role("button", name="Mark all as read").click()
    assert reader.sees("You are caught up") and reader.lacks("new posts")


def test_a_home_that_is_open_asks_for_newer_posts_at_most_once_a_minute(
    new_member: Open, site: Site
) -> None:
    reader = new_member("minute")
    write(site, "minute", 0, 1)
    asked: list[str] = []
    reader.page.on("request", lambda request: asked.append(request.url))
    reader.visit("/index")
    for _ in range(3):
        reader.page.evaluate("document.dispatchEvent(new Event('poll'))")
        reader.page.wait_for_timeout(200)
    polls = [url for url in asked if "/notifications" in url]
    assert len(polls) >= 3
    assert len([url for url in polls if "posts_after" in url]) == 1
    reader.visit("/explore")
    asked.clear()
    reader.page.evaluate("document.dispatchEvent(new Event('poll'))")
    reader.page.wait_for_timeout(200)
    assert asked and not any("posts_after" in url for url in asked)
