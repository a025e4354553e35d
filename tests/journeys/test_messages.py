"""Two people write to each other, and one learns what the other did, with scripts and without."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.conftest import Person

pytestmark = pytest.mark.browser
Open = Callable[..., Person]
TEXT = "The key lies under the third stone."


def number(person: Person, place: str) -> str:
    """The number beside `place` in the navigation, as it can be seen."""
    link = person.page.get_by_role("navigation", name="Main").get_by_role("link", name=place)
    badge = link.locator(".count-badge:not([hidden]) > span:first-child")
    return str(badge.evaluate_all("found => found.map((one) => one.textContent).join()"))


def ask_now(person: Person) -> None:
    """What scripts do every ten seconds."""
    with person.page.expect_response(lambda answer: answer.url.endswith("/notifications")):
        person.page.evaluate("document.dispatchEvent(new Event('poll'))")


def wait_for_number(person: Person, place: str, expected: str) -> None:
    for _ in range(50):
        if number(person, place) == expected:
            return
        person.page.wait_for_timeout(100)
    raise AssertionError((place, number(person, place), expected))


def test_a_message_and_its_answer(new_member: Open, scripts: bool) -> None:
    end = "s" if scripts else "n"
    ana = new_member(f"mona_{end}", scripts=scripts)
    ben = new_member(f"max_{end}", scripts=scripts)
    ben.visit("/index")
    assert number(ben, "Messages") == ""

    ana.visit(f"/user/max_{end}")
    ana.page.get_by_role("link", name=f"Message: max_{end}").click()
    ana.page.wait_for_url("**/messages/*")
    ana.fill(message=TEXT)
    ana.press("Send")
    assert ana.sees("Message sent.") and ana.sees(TEXT)

    if scripts:
        ask_now(ben)
    else:
        ben.visit("/index")
    wait_for_number(ben, "Messages", "1")
    ben.follow_link("Messages 1 new")
    assert ben.sees(TEXT)
    ben.page.get_by_role("link", name=f"mona_{end}").click()
    ben.page.wait_for_url("**/messages/*")
    if not scripts:
        assert number(ben, "Messages") == "1"
        ben.press("Mark as read")
    wait_for_number(ben, "Messages", "")
    ben.visit("/index")
    assert number(ben, "Messages") == ""
    ben.visit(f"/messages/mona_{end}")
    assert not ben.page.get_by_role("button", name="Mark as read").is_visible()

    ben.fill(message="I found it.")
    ben.press("Send")
    ana.visit("/messages")
    assert ana.sees("I found it.")

    ben.visit("/settings/privacy")
    ben.page.get_by_label("No one").check()
    ben.press("Save")
    ana.visit(f"/messages/max_{end}")
    assert ana.sees("doesn't accept messages from you")
    ana.visit(f"/user/max_{end}")
    assert ana.page.get_by_role("link", name="Message:").count() == 0


def test_a_mention_and_a_follower_are_told(new_member: Open, scripts: bool) -> None:
    end = "s" if scripts else "n"
    ana = new_member(f"nora_{end}", scripts=scripts)
    ben = new_member(f"nico_{end}", scripts=scripts)
    ben.visit("/explore")
    ana.visit("/index")
    ana.fill(post=f"Good morning, @nico_{end}.")
    ana.press("Post")
    ana.visit(f"/user/nico_{end}")
    ana.press(f"Follow nico_{end}")

    if scripts:
        ask_now(ben)
    else:
        ben.visit("/explore")
    wait_for_number(ben, "Notifications", "2")
    ben.visit("/notifications/all")
    assert ben.sees(f"nora_{end} mentioned you") and ben.sees(f"nora_{end} followed you")
    ben.follow_link("Follows")
    assert ben.lacks("mentioned you")
    ben.follow_link("All")
    if not scripts:
        ben.press("Mark all as read")
    # With scripts they are read once they have been seen.
    wait_for_number(ben, "Notifications", "")
    ben.page.get_by_role("link", name=f"nora_{end} mentioned you").click()
    ben.page.wait_for_url("**/post/*")
    assert ben.sees("Good morning")
