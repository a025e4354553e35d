"""Writing in a real browser: the counter, the keys, and what a slow line shows."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

NOTE = "#composer-post-note"


def test_what_is_too_long_says_so_and_is_not_sent(new_member: Any) -> None:
    person = new_member("lena")
    box, button = (
        person.page.locator("#composer-post"),
        person.page.get_by_role("button", name="Post", exact=True),
    )
    box.fill("a" * 290)
    assert person.page.locator(NOTE).inner_text() == "This is 10 characters too long."
    assert button.get_attribute("aria-disabled") == "true"
    assert button.get_attribute("aria-describedby") == "composer-post-note"
    button.click(force=True)
    assert person.page.url.endswith("/index") and box.input_value() == "a" * 290
    box.fill("a" * 281)
    assert person.page.locator(NOTE).inner_text() == "This is 1 character too long."
    box.fill("Short enough")
    assert button.get_attribute("aria-disabled") == "false"
    person.press("Post")
    assert person.sees("Posted.")


def test_without_scripts_the_composer_says_how_long_a_post_may_be(new_member: Any) -> None:
    person = new_member("nola", scripts=False)
    person.visit("/index")
    assert person.sees("Up to 280 characters.")


def test_control_and_enter_send_a_post_a_message_and_an_edit(new_member: Any) -> None:
    person = new_member("kay")
    person.page.locator("#composer-post").fill("Sent by keys")
    person.page.keyboard.press("Control+Enter")
    person.page.wait_for_selector("text=Posted.")
    person.follow_link("View")
    assert person.sees("Sent by keys")
    person.page.goto(f"{person.page.url.split('?')[0]}/edit")
    person.page.locator("textarea").fill("Changed by keys")
    person.page.keyboard.press("Control+Enter")
    person.page.wait_for_selector("text=Changes saved.")
    assert person.sees("Changed by keys")
    person.visit("/messages/kay")
    person.page.locator("#composer-message").fill("A note")
    person.page.keyboard.press("Meta+Enter")
    person.page.wait_for_selector("text=Message sent.")


def test_a_slow_line_says_that_the_post_is_on_its_way(new_member: Any) -> None:
    person = new_member("slow")
    person.page.locator("#composer-post").fill("Slowly does it")
    # As if the answer never came.
    person.page.evaluate("document.addEventListener('submit', (event) => event.preventDefault())")
    person.page.get_by_role("button", name="Post", exact=True).click()
    person.page.wait_for_selector("button:has-text('Posting…')")
    assert person.page.evaluate("document.documentElement.classList.contains('sending')")


def test_names_are_completed_with_the_keys_and_with_the_mouse(new_member: Any) -> None:
    person = new_member("quim")
    # Nobody else on the site, which other tests share, is called so.
    for name in ("jqandra", "jqavi", "jqimena"):
        person.site.add_member(f"{name}_cmp")
    box, listed = person.page.locator("#composer-post"), person.page.locator(".completion")
    person.page.wait_for_load_state("networkidle")
    box.press_sequentially("Hi @jqa")
    # Whoever types slowly sees longer lists before.
    expect(listed).to_have_count(2)
    box.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == "completion-1"
    first = listed.first.get_attribute("data-text")
    box.press("Enter")
    expect(listed).to_have_count(0)
    assert box.input_value() == f"Hi {first} "
    box.press_sequentially("and @jqi")
    expect(listed).to_have_count(1)
    listed.first.click()
    assert box.input_value() == f"Hi {first} and @jqimena_cmp "
    # Escape leaves what is typed, and Enter without a choice is a new line.
    box.press_sequentially("@jqav")
    expect(listed).to_have_count(1)
    box.press("Escape")
    expect(listed).to_have_count(0)
    box.press("Enter")
    assert box.input_value().endswith("@jqav\n")
