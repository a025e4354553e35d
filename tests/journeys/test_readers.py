"""Who reads what: somebody asks to follow, is let in, and sees what is for followers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.conftest import Person

pytestmark = pytest.mark.browser
Open = Callable[..., Person]
SIZES = {"phone": {"width": 360, "height": 740}, "wide": {"width": 1440, "height": 900}}


@pytest.mark.parametrize("size", SIZES)
def test_somebody_asks_to_follow_and_is_accepted(
    new_member: Open, scripts: bool, size: str
) -> None:
    end = f"{size}_{'s' if scripts else 'n'}"
    wilma, xaver = (
        new_member(f"{name}_{end}", scripts=scripts, viewport=SIZES[size])
        for name in ("wilma", "xaver")
    )
    text = f"Keys are under the mat, {end}."
    wilma.visit("/settings/privacy")
    wilma.page.get_by_label("Approve my followers").check()
    wilma.press("Save")
    wilma.visit("/index")
    wilma.page.locator(".composer summary").click()
    wilma.page.get_by_label("Who can see it").select_option("followers")
    if scripts:
        assert wilma.page.locator(".composer output").first.inner_text() == "Followers"
    wilma.fill(post=text)
    wilma.press("Post")
    assert wilma.sees("Posted.")

    xaver.visit(f"/user/wilma_{end}")
    assert xaver.lacks(text)
    xaver.page.locator(".profile").get_by_role("button", name="Request").click()
    assert xaver.sees(f"You asked to follow wilma_{end}.")
    xaver.visit("/index")
    assert xaver.lacks(text)

    wilma.visit("/notifications/all")
    assert wilma.sees(f"xaver_{end} wants to follow you")
    wilma.visit("/follow-requests")
    wilma.page.get_by_role("button", name="Decline").click()
    assert wilma.sees("They won't be notified.")
    wilma.press("Undo")
    wilma.page.get_by_role("button", name="Accept").click()
    assert wilma.sees(f"xaver_{end} follows you now.")

    xaver.visit("/index")
    assert xaver.sees(text)
    xaver.visit("/notifications/all")
    assert xaver.sees(f"You're following wilma_{end} now")
