"""Somebody keeps a draft, finds it later, and publishes it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Route

from tests.journeys.conftest import Person
from tests.journeys.test_conversations import SIZES, write

pytestmark = pytest.mark.browser
Open = Callable[..., Person]


@pytest.mark.parametrize("size", SIZES)
def test_a_draft_waits_until_it_is_posted(new_member: Open, scripts: bool, size: str) -> None:
    end = f"{size}_{'s' if scripts else 'n'}"
    vera, walt = (
        new_member(f"{name}_dr_{end}", scripts=scripts, viewport=SIZES[size])
        for name in ("vera", "walt")
    )
    question = f"Who has a long ladder, {end}?"
    write(walt, question)

    vera.visit("/index")
    text = f"Half a thought, {end}"
    save = vera.page.get_by_role("button", name="Save draft")
    assert not save.is_visible()
    vera.page.get_by_label("New post").fill(text)
    save.click()
    assert vera.sees("Draft saved.")
    assert vera.page.get_by_label("New post").input_value() == ""

    vera.visit("/explore")
    vera.page.locator("article", has_text=question).locator(".act-reply").click()
    vera.page.get_by_label("Your reply").fill("I have one")
    save.click()
    assert vera.sees("Draft saved.")
    # What was saved is in no other composer.
    assert vera.page.get_by_label("Your reply").input_value() == ""

    vera.visit("/drafts")
    vera.page.get_by_role("link", name="I have one").click()
    assert vera.sees(question)
    vera.page.get_by_label("Your reply").fill("I have one, come by.")
    vera.press("Reply")
    vera.page.wait_for_url("**/post/*")
    assert vera.sees("I have one, come by.")

    vera.visit("/drafts")
    assert vera.sees(text) and vera.lacks("I have one")
    vera.page.get_by_role("button", name="Delete").click()
    assert vera.sees("No drafts yet")
    vera.press("Undo")
    vera.page.get_by_role("link", name=text).click()
    vera.press("Post")
    vera.page.wait_for_url("**/post/*")
    assert vera.sees("Posted.") and vera.sees(text)


def drafts_of(person: Person) -> list[str]:
    """The first words of the drafts that somebody has, on a page of their own."""
    page = person.context.new_page()
    page.goto(person.site.url + "/drafts")
    words = page.locator(".draft strong").all_inner_texts()
    page.close()
    return words


def type_into(person: Person, text: str) -> None:
    person.page.wait_for_load_state("networkidle")
    person.page.locator("#composer-post").press_sequentially(text)


def test_what_is_typed_becomes_a_draft_by_itself(new_member: Open) -> None:
    olga = new_member("olga_dr", viewport=SIZES["phone"])
    olga.visit("/index")
    type_into(olga, "The bridge")
    assert olga.sees("Draft saved")
    assert drafts_of(olga) == ["The bridge"]
    # Found again with the page, it stays one draft; with the tab closed, it stays.
    olga.page.reload()
    type_into(olga, " is closed")
    olga.page.locator("#composer-post").press("End")
    with olga.page.expect_response("**/drafts") as answer:
        olga.page.evaluate(HIDE)
    assert answer.value.ok
    assert drafts_of(olga) == ["The bridge is closed"]

    # Posted while it is being saved.
    type_into(olga, " today")
    olga.page.route("**/drafts", hold)
    with olga.page.expect_request("**/drafts"):
        olga.page.evaluate(HIDE)
    olga.press("Post")
    assert olga.sees("Posted.") and olga.sees("The bridge is closed today")
    assert drafts_of(olga) == []


HIDE = """
Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
document.dispatchEvent(new Event("visibilitychange"));
delete document.visibilityState;
"""


def hold(route: Route) -> None:
    """Let a request arrive so late that a form sent meanwhile would be first."""
    time.sleep(1)
    route.continue_()


def test_a_composer_says_that_nothing_is_saved_without_the_site(new_member: Open) -> None:
    pia = new_member("pia_dr")
    pia.visit("/index")
    pia.page.route("**/drafts", lambda route: route.abort())
    type_into(pia, "Offline")
    assert pia.sees("Not saved as a draft yet.")
    pia.page.unroute("**/drafts")
    type_into(pia, " no more")
    assert pia.sees("Draft saved") and drafts_of(pia) == ["Offline no more"]
    # That the request failed is what this is about.
    pia.complaints.clear()
