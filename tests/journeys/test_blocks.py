"""Two people block and vanish from each other, and one undoes it; scripts on and off."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.conftest import Person

pytestmark = pytest.mark.browser
Open = Callable[..., Person]


def test_two_people_vanish_from_each_other_and_come_back(new_member: Open, scripts: bool) -> None:
    end = "s" if scripts else "n"
    una, olaf = f"una_{end}", f"olaf_{end}"
    her, him = new_member(una, scripts=scripts), new_member(olaf, scripts=scripts)
    hers, his = f"Una writes, {end}", f"Olaf writes, {end}"
    for person, words in ((her, hers), (him, his)):
        person.visit("/index")
        person.fill(post=words)
        person.press("Post")
    him.visit(f"/user/{una}")
    him.press(f"Follow {una}")
    him.visit("/index")
    assert him.sees(hers)

    her.visit("/explore")
    post = f"article:has-text('@{olaf}')"
    her.page.locator(f"{post} .act-more").first.click()
    her.follow_link("Mute, block, report…")
    her.page.wait_for_url("**/mute?**")
    her.press("Block")
    her.page.wait_for_url("**/explore")
    assert her.sees(f"You blocked {olaf}.") and her.lacks(his)
    him.visit("/index")
    assert him.lacks(hers)
    him.visit(f"/user/{una}")
    assert him.lacks(hers)

    her.press("Undo")
    assert her.sees(f"You unblocked {olaf}.") and her.sees(his)
    him.visit("/index")
    assert him.sees(hers)


def test_muting_for_a_week_and_ending_it_in_the_settings(new_member: Open, scripts: bool) -> None:
    end = "s" if scripts else "n"
    ida, pim = f"ida_{end}", f"pim_{end}"
    her, him = new_member(ida, scripts=scripts), new_member(pim, scripts=scripts)
    words = f"Pim talks a lot, {end}"
    him.visit("/index")
    him.fill(post=words)
    him.press("Post")

    her.visit(f"/user/{pim}")
    her.page.locator(".profile details.menu > summary").click()
    her.follow_link("Mute…")
    her.page.get_by_label("For a week").check()
    her.press("Mute")
    assert her.sees(f"You muted {pim}. They won't know.")
    her.visit("/explore")
    assert her.lacks(words)
    her.visit("/settings")
    her.page.get_by_role("link", name="Muted people").first.click()
    her.page.wait_for_url("**/settings/mutes")
    assert her.sees(f"@{pim} · Until")
    her.press(f"Unmute {pim}")
    assert her.sees("You haven't muted anyone.")
    her.visit("/explore")
    assert her.sees(words)
