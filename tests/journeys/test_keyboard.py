"""Somebody reads, likes, replies and writes with single keys, and without them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app import db
from app.models import User
from tests.journeys.conftest import Person, Site
from tests.journeys.test_conversations import SIZES
from tests.support.factories import make_follow, make_post, make_user

pytestmark = pytest.mark.browser
Open = Callable[..., Person]
FOCUSED = "document.activeElement?.innerText ?? ''"


@pytest.fixture(params=SIZES)
def reader(request: pytest.FixtureRequest, new_member: Open, site: Site) -> Person:
    name = f"keys_{request.param}_{request.node.originalname[-8:]}"
    person = new_member(name, viewport=SIZES[request.param])
    with site.app.app_context():
        friend = make_user(f"f{name}")
        make_follow(db.session.scalars(User.named(name)).one(), friend)
        for number in range(8):
            make_post(friend, f"Number {number}. " + "The bakery opens again at nine. " * 6)
    person.visit("/index")
    person.page.wait_for_selector("html.scripted")
    # Until the behavior is there.
    person.page.wait_for_load_state("networkidle")
    return person


def press(person: Person, *keys: str) -> None:
    for key in keys:
        person.page.keyboard.press(key)


def focused(person: Person) -> str:
    return str(person.page.evaluate(FOCUSED))


def test_every_post_is_reached_read_liked_and_replied_to_by_keys_alone(reader: Person) -> None:
    page = reader.page
    press(reader, "j")
    assert "Number 7." in focused(reader)
    press(reader, "j", "j", "j")
    assert "Number 4." in focused(reader)
    # Clear of the head of the page and of the navigation at the foot, with a ring around it.
    box = page.evaluate(
        """() => {
          const post = document.activeElement.getBoundingClientRect();
          const head = document.querySelector(".page-head").getBoundingClientRect();
          const style = getComputedStyle(document.activeElement);
          return [head.bottom <= post.top, post.top < innerHeight, style.outlineStyle];
        }"""
    )
    assert box == [True, True, "solid"]
    press(reader, "k")
    assert "Number 5." in focused(reader)
    press(reader, "l")
    page.locator("article", has_text="Number 5.").locator(".act-like[aria-pressed=true]").wait_for()
    assert "Number 5." in focused(reader)
    press(reader, "b")
    page.locator("article", has_text="Number 5.").locator(".act-keep[aria-pressed=true]").wait_for()
    press(reader, "n")
    assert page.evaluate("document.activeElement.id") == "composer-post"
    # In a field they are letters.
    page.keyboard.type("j/k?lr")
    assert page.input_value("#composer-post") == "j/k?lr"
    page.fill("#composer-post", "")
    page.evaluate("document.activeElement.blur()")
    for keys in ("Control+j", "Alt+j", "Shift+J"):
        press(reader, keys)
        assert not page.evaluate("document.activeElement.matches('article')"), keys

    press(reader, "j", "r")
    page.wait_for_url("**/reply")
    press(reader, "Tab")
    page.evaluate("document.activeElement.blur()")
    press(reader, "/")
    page.wait_for_url("**/search")
    reader.wait_until("document.activeElement.name === 'q'")
    page.evaluate("document.activeElement.blur()")
    press(reader, "n")
    page.wait_for_url("**/index#composer-post")


def test_help_lists_the_keys_and_a_setting_turns_them_off(reader: Person) -> None:
    page = reader.page
    press(reader, "j", "?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    dialog.wait_for()
    assert dialog.locator("kbd").count() == 9
    # What lies below does not hear them.
    press(reader, "j", "?")
    assert page.locator("dialog").count() == 1
    box = dialog.bounding_box()
    size = page.viewport_size
    assert box and size and box["x"] >= 0 and box["x"] + box["width"] <= size["width"]
    press(reader, "Escape")
    dialog.wait_for(state="detached")
    assert "Number 7." in focused(reader)
    press(reader, "?")
    page.get_by_role("button", name="Close").click()
    dialog.wait_for(state="detached")

    reader.visit("/settings/appearance")
    reader.page.get_by_label("Keyboard shortcuts").uncheck()
    reader.press("Save")
    assert reader.sees("Changes saved.")
    reader.visit("/index")
    page.wait_for_load_state("networkidle")
    press(reader, "j", "?", "n")
    page.wait_for_timeout(300)
    assert page.locator("dialog").count() == 0
    assert page.evaluate("document.activeElement === document.body")
