"""Somebody chooses what home shows: no reposts, no replies of one person, a tag of strangers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.conftest import Person
from tests.journeys.test_conversations import SIZES, write

pytestmark = pytest.mark.browser
Open = Callable[..., Person]


@pytest.mark.parametrize("size", SIZES)
def test_home_shows_what_one_wants_to_see(new_member: Open, scripts: bool, size: str) -> None:
    end = f"{size}_{'s' if scripts else 'n'}"
    olga, pavel, quin = (
        new_member(f"{name}_hc_{end}", scripts=scripts, viewport=SIZES[size])
        for name in ("olga", "pavel", "quin")
    )
    tag = f"swap{size}{'s' if scripts else 'n'}"
    text = f"Seeds to swap, {end}. #{tag}"
    write(olga, text)
    quin.visit(f"/user/pavel_hc_{end}")
    quin.press(f"Follow pavel_hc_{end}")
    pavel.visit("/explore")
    card = pavel.page.locator("article", has_text=text)
    card.locator(".act-repost").click()
    card.locator(".act-repost[aria-pressed=true]").wait_for()

    quin.visit("/index")
    assert quin.sees(text)
    quin.page.locator(".page-head summary").click()
    quin.press("Hide reposts")
    assert quin.sees("Reposts no longer appear on your home page.") and quin.lacks(text)
    quin.press("Undo")
    assert quin.sees(text)

    quin.visit(f"/user/pavel_hc_{end}")
    quin.page.locator(".profile summary").click()
    quin.press("Hide their reposts")
    assert quin.sees("no longer appear on your home page.")
    quin.visit("/index")
    assert quin.lacks(text)

    quin.visit(f"/tag/{tag}")
    quin.press(f"Follow #{tag}")
    quin.visit("/index")
    assert quin.sees(text) and quin.lacks("reposted")
    quin.page.locator(".page-head summary").click()
    quin.follow_link("Followed tags")
    quin.page.get_by_role("button", name=f"#{tag}").click()
    assert quin.sees("No tags yet")
