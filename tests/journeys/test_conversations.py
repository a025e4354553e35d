"""Two people talk below a post: reply, like, bookmark, and find all of it again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.conftest import Person

pytestmark = pytest.mark.browser
Open = Callable[..., Person]
SIZES = {"phone": {"width": 360, "height": 740}, "wide": {"width": 1440, "height": 900}}


def write(person: Person, text: str) -> None:
    person.visit("/index")
    person.fill(post=text)
    person.press("Post")
    assert person.sees("Posted.")


@pytest.mark.parametrize("size", SIZES)
def test_somebody_replies_likes_and_keeps(new_member: Open, scripts: bool, size: str) -> None:
    end = f"{size}_{'s' if scripts else 'n'}"
    vera, paul = (
        new_member(f"{name}_{end}", scripts=scripts, viewport=SIZES[size])
        for name in ("vera", "paul")
    )
    question, reply = f"Where is it dry, {end}?", f"On the north bank, {end}."
    write(vera, question)

    paul.visit("/explore")
    card = paul.page.locator("article", has_text=question)
    card.locator(".act-reply").click()
    paul.page.wait_for_url("**/reply")
    paul.fill(post=reply)
    paul.press("Reply")
    assert paul.sees("Reply posted.") and paul.sees(question) and paul.sees(reply)

    paul.visit("/explore")
    like, keep = card.locator(".act-like"), card.locator(".act-keep")
    like.click()
    paul.page.locator("article", has_text=question).locator(
        ".act-like[aria-pressed=true]"
    ).wait_for()
    assert like.inner_text().strip() == "1"
    keep.click()
    card.locator(".act-keep[aria-pressed=true]").wait_for()
    # With scripts nothing moved; without, the page is there again, at this very post.
    assert paul.page.url.endswith("/explore") is scripts
    like.click()
    card.locator(".act-like[aria-pressed=false]").wait_for()
    like.click()
    card.locator(".act-like[aria-pressed=true]").wait_for()

    paul.visit("/bookmarks")
    assert paul.sees(question)
    paul.follow_link("Likes")
    assert paul.sees(question)

    vera.visit("/notifications/all")
    assert vera.sees(reply)
    vera.visit("/explore")
    vera.page.locator("article", has_text=question).locator("time").first.click()
    vera.page.wait_for_url("**/post/*")
    assert vera.sees("1 reply")
    vera.follow_link("1 like")
    assert vera.sees(f"@paul_{end}")


def test_likes_and_menus_by_keyboard(new_member: Open) -> None:
    kim, lou = new_member("kim_keys"), new_member("lou_keys")
    write(kim, "Bread at nine, keys.")
    lou.visit("/explore")
    card = lou.page.locator("article", has_text="Bread at nine, keys.")
    names = []
    card.locator(".act-reply").focus()
    for _ in range(5):
        names.append(lou.page.locator("*:focus").get_attribute("class"))
        lou.page.keyboard.press("Tab")
    assert names == ["act-reply", "act-repost", "act-like", "act-keep", "act-more"]
    card.locator(".act-like").focus()
    lou.page.keyboard.press("Enter")
    card.locator(".act-like[aria-pressed=true]").wait_for()
    # The new button has the focus of the old one.
    assert lou.page.locator("*:focus").get_attribute("aria-pressed") == "true"
    lou.page.keyboard.press("Space")
    card.locator(".act-like[aria-pressed=false]").wait_for()

    card.locator(".act-more").focus()
    lou.page.keyboard.press("Enter")
    menu = lou.page.locator("dialog.post-menu")
    menu.get_by_role("button", name="Copy link").wait_for()
    lou.page.keyboard.press("Escape")
    menu.wait_for(state="detached")
    assert lou.page.locator("*:focus").get_attribute("class") == "act-more"


def test_a_like_that_fails_says_why(new_member: Open) -> None:
    mona, nick = new_member("mona_fails"), new_member("nick_fails")
    write(mona, "Soon gone, says Mona.")
    nick.visit("/explore")
    card = nick.page.locator("article", has_text="Soon gone, says Mona.")
    card.locator(".act-like").wait_for()
    mona.page.locator("article .act-more").first.click()
    mona.page.get_by_role("button", name="Delete").click()
    mona.page.get_by_text("Post deleted.").wait_for()
    card.locator(".act-like").click()
    nick.page.wait_for_url("**/like")
    assert nick.sees("There's nothing here")


def test_the_menu_of_a_post_mutes_pins_and_closes(new_member: Open, scripts: bool) -> None:
    end = "s" if scripts else "n"
    tess, omar = (new_member(f"{name}_menu_{end}", scripts=scripts) for name in ("tess", "omar"))
    post = f"Who has a ladder, {end}?"
    write(tess, post)
    write(tess, f"Found one, {end}.")

    def choose(person: Person, role: str, name: str) -> None:
        person.page.locator("article", has_text=post).locator(".act-more").first.click()
        person.page.get_by_role(role, name=name).click()
        person.page.wait_for_load_state()

    tess.visit("/explore")
    choose(tess, "button", "Pin to profile")
    tess.page.get_by_text("Pinned to your profile.").wait_for()
    first = tess.page.locator("article").first
    assert post in first.inner_text()

    choose(tess, "link", "Who can reply")
    tess.page.wait_for_url("**/replies-from")
    tess.page.get_by_label("Nobody").check()
    tess.press("Save")
    assert tess.sees("Changes saved.")
    omar.visit(tess.page.url)
    assert omar.sees("Replies are closed.") and not omar.page.locator("textarea").count()

    choose(omar, "button", "Mute conversation")
    omar.page.get_by_text("You won't be notified about this conversation anymore.").wait_for()
    omar.press("Undo")
    omar.page.get_by_text("You'll be notified about this conversation again.").wait_for()


def test_likes_are_told_in_one_row_and_taken_back_without_a_trace(
    new_member: Open, scripts: bool
) -> None:
    end = "gs" if scripts else "gn"
    rosa, sven, tina = (
        new_member(f"{name}_{end}", scripts=scripts) for name in ("rosa", "sven", "tina")
    )
    text = f"Soup tonight, {end}."
    write(rosa, text)
    for person in (sven, tina):
        person.visit("/explore")
        card = person.page.locator("article", has_text=text)
        card.locator(".act-like").click()
        card.locator(".act-like[aria-pressed=true]").wait_for()
    rosa.visit("/notifications/all/likes")
    row = rosa.page.locator("li.notification")
    assert f"tina_{end} and sven_{end} liked your post" in row.inner_text()
    row.locator("a").first.click()
    rosa.page.wait_for_url("**/likes")
    assert rosa.sees(f"@sven_{end}") and rosa.sees(f"@tina_{end}")

    tina.page.locator("article", has_text=text).locator(".act-like").click()
    tina.page.locator("article", has_text=text).locator(".act-like[aria-pressed=false]").wait_for()
    rosa.visit("/notifications/all/likes")
    assert f"sven_{end} liked your post" in row.inner_text() and row.count() == 1
