"""What is typed outlives leaving the page, and is not sent twice by going back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.conftest import Person

pytestmark = pytest.mark.browser
Open = Callable[..., Person]
TEXT = "The path by the river is open again."


def composer(person: Person) -> str:
    person.page.wait_for_timeout(300)
    return person.page.locator("#composer-post").input_value()


def test_a_text_waits_while_its_author_looks_around(new_member: Open) -> None:
    rosa = new_member("rosa")
    rosa.visit("/index")
    rosa.fill(post=TEXT)
    rosa.follow_link("Explore")
    rosa.page.wait_for_url("**/explore")
    rosa.follow_link("Home")
    rosa.page.wait_for_url("**/index")
    assert composer(rosa) == TEXT
    rosa.press("Post")
    assert rosa.sees("Posted.")
    assert composer(rosa) == ""
    # Nor does it come back later.
    rosa.visit("/explore")
    rosa.visit("/index")
    assert composer(rosa) == ""


def test_going_back_after_posting_finds_an_empty_composer(new_member: Open) -> None:
    remo = new_member("remo")
    remo.visit("/index")
    remo.fill(post=TEXT)
    remo.press("Post")
    assert remo.sees("Posted.")
    # Its scripts learn here that the text has arrived.
    remo.page.wait_for_load_state("networkidle")
    remo.page.go_back()
    assert composer(remo) == ""


# As a browser fills in what was typed before, and then says that the page is shown.
FILL_IN_LATE = """
([name, text]) => {
  document.querySelector(`form [name=${name}]`).value = text;
  dispatchEvent(new PageTransitionEvent("pageshow", { persisted: false }));
}
"""


def test_the_composer_is_empty_however_late_the_browser_fills_it_in(new_member: Open) -> None:
    rufo = new_member("rufo")
    rufo.visit("/index")
    rufo.page.get_by_text("Add a title").click()
    rufo.fill(title="The river", post=TEXT)
    rufo.press("Post")
    assert rufo.sees("Posted.")
    rufo.page.wait_for_load_state("networkidle")
    rufo.page.go_back()
    assert composer(rufo) == ""
    for name, text in (("title", "The river"), ("post", TEXT)):
        rufo.page.evaluate(FILL_IN_LATE, [name, text])
        assert rufo.page.locator(f"[name={name}]").first.input_value() == ""
    # What somebody writes again stays, even if it is the same.
    rufo.page.locator("#composer-post").fill(TEXT)
    rufo.follow_link("Explore")
    rufo.page.wait_for_url("**/explore")
    rufo.page.go_back()
    assert composer(rufo) == TEXT


def test_a_text_that_never_arrived_is_there_again(new_member: Open) -> None:
    rita = new_member("rita")
    rita.visit("/index")
    rita.fill(post=TEXT)
    failure = {"status": 503, "body": "Back in a moment"}
    rita.page.route("**/index", lambda route: route.fulfill(**failure))
    rita.page.get_by_role("button", name="Post", exact=True).click()
    rita.page.wait_for_load_state()
    rita.page.unroute("**/index")
    # The browser's own, about that failure.
    rita.complaints.clear()
    rita.visit("/index")
    assert composer(rita) == TEXT
