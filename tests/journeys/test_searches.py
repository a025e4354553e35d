"""Finding a post and its author, with scripts and without, wide and on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.conftest import Person

pytestmark = pytest.mark.browser
Open = Callable[..., Person]
PHONE = {"width": 360, "height": 780}


def test_somebody_finds_a_post_and_follows_its_author(new_member: Open, scripts: bool) -> None:
    end = "s" if scripts else "n"
    writer = new_member(f"found_{end}", scripts=scripts)
    writer.fill(post=f"Das Café in der Straße {end} hat Brot 🍞")
    writer.press("Post")
    assert writer.sees("Posted.")

    finder = new_member(f"finder_{end}", scripts=scripts)
    finder.follow_link("Search")
    finder.fill(q=f"STRASSE cafe {end}")
    finder.press("Search")
    marks = finder.page.locator("article mark").all_inner_texts()
    assert marks == ["Café", "Straße", end]
    finder.follow_link("Most relevant")
    assert finder.page.locator("article").count() == 1
    finder.follow_link("People")
    assert finder.sees("No people found for")
    finder.fill(q=f"found_{end}")
    finder.press("Search")
    finder.page.get_by_role("button", name=f"Follow found_{end}").click()
    finder.page.wait_for_load_state()
    assert finder.page.get_by_role("button", name=f"Following: found_{end}").is_visible()
    assert f"q=found_{end}" in finder.page.url


def test_a_visitor_on_a_phone_searches_from_explore(new_person: Open, scripts: bool) -> None:
    visitor = new_person(scripts=scripts, viewport=PHONE)
    visitor.visit("/explore")
    assert not visitor.page.get_by_role("link", name="Search", exact=True).is_visible()
    visitor.fill(q="unheard-of")
    visitor.press("Search")
    assert visitor.sees("No posts found for “unheard-of”")
    assert visitor.page.locator("[name=q]").input_value() == "unheard-of"
