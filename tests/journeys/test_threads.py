"""Somebody writes more than fits in one post."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.conftest import Person
from tests.journeys.test_conversations import SIZES

pytestmark = pytest.mark.browser
Open = Callable[..., Person]
LONG = "We met forty times this year. " * 12


@pytest.mark.parametrize("size", SIZES)
def test_a_thread_is_written_box_by_box(new_member: Open, scripts: bool, size: str) -> None:
    end = f"{size}_{'s' if scripts else 'n'}"
    uma = new_member(f"uma_th_{end}", scripts=scripts, viewport=SIZES[size])
    uma.visit("/index")
    uma.page.get_by_label("New post").fill("One for the oven.")
    uma.press("Add post")
    # The new box has the focus.
    uma.page.get_by_label("Post 2 of 2").wait_for()
    uma.page.keyboard.type("Two for the baker.")
    uma.press("Add post")
    uma.page.get_by_label("Post 3 of 3").fill("Not this one.")
    uma.page.get_by_role("button", name="Remove post 3").click()
    uma.page.get_by_label("Post 3 of 3").wait_for(state="detached")
    # Whoever leaves finds it again.
    uma.visit("/explore")
    uma.visit("/index")
    assert uma.page.get_by_label("New post").input_value() == ""
    uma.visit("/drafts")
    uma.page.get_by_role("link", name="One for the oven.").click()
    uma.press("Post all 2")
    uma.page.wait_for_url("**/post/*")
    assert uma.sees("One for the oven.") and uma.sees("Two for the baker.")
    uma.visit("/drafts")
    assert uma.sees("No drafts yet")


def test_what_is_too_long_is_split_and_previewed(new_member: Open, scripts: bool) -> None:
    end = "s" if scripts else "n"
    viktor = new_member(f"viktor_th_{end}", scripts=scripts, viewport=SIZES["phone"])
    viktor.visit("/write")
    viktor.page.get_by_label("New post").fill(LONG)
    if not scripts:
        viktor.press("Post")
    assert viktor.sees("too long")
    viktor.press("Split into several posts")
    viktor.page.get_by_label("Post 2 of 2").wait_for()
    viktor.page.locator(".composer__options > summary").click()
    viktor.press("Preview")
    viktor.page.locator("#preview").wait_for()
    assert viktor.page.locator("#preview .preview").count() == 2
    viktor.press("Post all 2")
    viktor.page.wait_for_url("**/post/*")
    assert viktor.sees("We met forty times this year.")


def test_the_enter_key_in_a_field_publishes(new_member: Open, scripts: bool) -> None:
    wenda = new_member(f"wenda_th_{'s' if scripts else 'n'}", scripts=scripts)
    wenda.visit("/index")
    wenda.page.get_by_label("New post").fill("With a title")
    wenda.page.locator(".composer__options > summary").click()
    wenda.page.get_by_label("Title").fill("News")
    wenda.page.get_by_label("Title").press("Enter")
    assert wenda.sees("Posted.") and wenda.sees("News")
