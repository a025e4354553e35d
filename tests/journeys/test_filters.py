"""Somebody filters a word, opens what is folded, and takes it back; scripts on and off."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.conftest import Person

pytestmark = pytest.mark.browser
Open = Callable[..., Person]
SIZES = {"phone": (360, 780), "wide": (1440, 900)}


@pytest.mark.parametrize("size", SIZES)
def test_a_word_is_filtered_opened_and_unfiltered(
    new_member: Open, scripts: bool, size: str
) -> None:
    end = f"{size[0]}{'s' if scripts else 'n'}"
    gil, fay = f"gil_{end}", f"fay_{end}"
    him, her = new_member(gil, scripts=scripts), new_member(fay, scripts=scripts)
    width, height = SIZES[size]
    her.page.set_viewport_size({"width": width, "height": height})
    words = f"Who else watches the final, {end}?"
    him.visit("/index")
    him.fill(post=words)
    him.press("Post")
    her.visit(f"/user/{gil}")
    her.press(f"Follow {gil}")
    her.visit("/index")
    assert her.sees(words)

    her.page.locator("article", has_text=words).locator(".act-more").click()
    her.page.get_by_role("link", name="Filter this…").click()
    her.page.locator("blockquote", has_text=words).wait_for()
    assert her.page.evaluate("document.documentElement.scrollWidth") <= width
    her.visit("/settings")
    her.page.locator("main").get_by_role("link", name="Filters").click()
    her.page.get_by_role("link", name="Add a filter").click()
    her.fill(words="FINAL")
    her.page.get_by_label("For a week").check()
    her.press("Save")
    her.page.get_by_text("Filter saved.").wait_for()

    her.visit("/index")
    fold = her.page.locator("details.fold")
    post = fold.get_by_text(words)
    assert fold.locator("summary").inner_text().split() == ["Filtered:", "FINAL", "Show"]
    assert not post.is_visible()
    assert fold.locator("summary").bounding_box()["height"] >= 44
    assert her.page.evaluate("document.documentElement.scrollWidth") <= width
    fold.locator("summary").focus()
    her.page.keyboard.press("Enter")
    post.wait_for()
    assert "Hide" in fold.locator("summary").inner_text()
    # What is folded works as always.
    fold.locator(".act-like").click()
    her.page.locator(".act-like[aria-pressed=true]").first.wait_for(state="attached")

    her.visit("/settings/filters")
    her.page.get_by_role("button", name="Delete FINAL").click()
    her.page.get_by_text("Filter deleted.").wait_for()
    her.visit("/index")
    assert not fold.count() and her.sees(words)
    her.visit("/settings/filters")
    assert her.sees("No filters yet")


def test_a_deleted_filter_comes_back(new_member: Open, scripts: bool) -> None:
    end = "us" if scripts else "un"
    her = new_member(f"fern_{end}", scripts=scripts)
    her.visit("/settings/filters/new")
    her.fill(words="referee", title="Football")
    her.press("Save")
    her.page.get_by_role("button", name="Delete Football").click()
    her.page.get_by_text("Filter deleted.").wait_for()
    her.press("Undo")
    her.page.get_by_text("The filter is back.").wait_for()
    assert her.page.get_by_role("button", name="Delete Football").is_visible()


def test_what_is_wrong_is_said_and_nothing_is_lost(new_member: Open, scripts: bool) -> None:
    end = "ws" if scripts else "wn"
    her = new_member(f"fido_{end}", scripts=scripts)
    her.visit("/settings/filters/new")
    her.fill(words="bread\n???", title="Carbs")
    her.page.get_by_label("Profiles").uncheck()
    her.press("Save")
    her.page.get_by_text("“???” has no letter, digit, or emoji to look for.").wait_for()
    assert her.page.locator("[name=words]").input_value() == "bread\n???"
    assert not her.page.get_by_label("Profiles").is_checked()
    her.fill(words="bread")
    her.press("Save")
    her.page.get_by_text("Filter saved.").wait_for()
