"""Somebody keeps a draft, finds it later, and publishes it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

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
