"""Content notes and hidden replies in a real browser; scripts on and off."""

from __future__ import annotations

from typing import Any

NOTE, WORDS = "how the film ends", "It was the butler, in the library."


def test_what_is_written_with_a_note_opens_in_anothers_home(new_member: Any, scripts: bool) -> None:
    names = [f"{name}_{'on' if scripts else 'off'}" for name in ("nora", "otto")]
    nora, otto = (new_member(name, scripts=scripts) for name in names)
    otto.visit(f"/user/{names[0]}")
    otto.page.get_by_role("button", name="Follow").first.click()
    otto.page.wait_for_load_state()
    nora.visit("/index")
    options = nora.page.get_by_text("Options", exact=True)
    options.focus()
    nora.page.keyboard.press("Enter")
    nora.fill(content_note=NOTE, post=WORDS)
    nora.press("Post")
    assert nora.sees("Posted.")
    otto.visit("/index")
    card = otto.page.locator("article", has_text=NOTE)
    words, summary = card.get_by_text(WORDS), card.locator("summary")
    assert summary.inner_text().split("\n")[0].startswith(f"Content note: {NOTE}")
    assert not words.is_visible()
    summary.focus()
    otto.page.keyboard.press("Enter")
    assert words.is_visible()
    assert card.get_by_text("Hide", exact=True).is_visible()
    assert not card.get_by_text("Show", exact=True).is_visible()
    otto.page.keyboard.press("Space")
    assert not words.is_visible()
    # A reply begins with the note, which can be taken away.
    card.get_by_role("link", name="Reply").click()
    field = otto.page.locator("[name=content_note]")
    assert field.input_value() == NOTE and field.is_visible()


def test_a_reply_is_hidden_and_brought_back(new_member: Any, scripts: bool) -> None:
    names = [f"{name}_{'on' if scripts else 'off'}" for name in ("pia", "quin")]
    pia, quin = (new_member(name, scripts=scripts) for name in names)
    pia.fill(post="Who has seen my cat?")
    pia.press("Post")
    pia.follow_link("View")
    pia.page.wait_for_url("**/post/*")
    thread = pia.page.url
    quin.page.goto(thread)
    quin.fill(post="Cats are overrated.")
    quin.press("Reply")
    quin.page.wait_for_url("**/post/*")
    pia.page.goto(thread)
    reply = pia.page.locator("article", has_text="Cats are overrated.")
    reply.locator(".act-more").click()
    pia.press("Hide this reply")
    pia.page.get_by_text("at the end of the conversation").wait_for()
    if not pia.page.url.startswith(thread):
        pia.page.goto(thread)
    for person in (pia, quin):
        person.page.goto(thread)
        assert not person.page.get_by_text("Cats are overrated.").is_visible()
        person.page.locator("#hidden > summary").click()
        assert person.page.get_by_text("Cats are overrated.").is_visible()
    reply.locator(".act-more").click()
    pia.press("Stop hiding this reply")
    pia.page.get_by_text("The reply is back in its place.").wait_for()
    pia.page.goto(thread)
    assert pia.page.get_by_text("Cats are overrated.").is_visible()
    assert pia.page.locator("#hidden").count() == 0


def test_undo_brings_a_hidden_reply_back_at_once(new_member: Any) -> None:
    sara, sven = new_member("sara"), new_member("sven")
    sara.fill(post="Who has a ladder?")
    sara.press("Post")
    sara.follow_link("View")
    sara.page.wait_for_url("**/post/*")
    thread = sara.page.url
    sven.page.goto(thread)
    sven.fill(post="Buy one.")
    sven.press("Reply")
    sven.page.wait_for_url("**/post/*")
    sara.page.goto(thread)
    sara.page.locator("article", has_text="Buy one.").locator(".act-more").click()
    sara.press("Hide this reply")
    sara.page.get_by_text("Reply hidden.").wait_for()
    sara.press("Undo")
    sara.page.get_by_text("The reply is back in its place.").wait_for()
    sara.page.goto(thread)
    assert sara.page.get_by_text("Buy one.").is_visible()


def test_a_note_that_was_typed_is_seen_where_it_waits(new_member: Any) -> None:
    tess = new_member("tess")
    tess.page.get_by_text("Options", exact=True).click()
    tess.fill(content_note=NOTE, post=WORDS)
    tess.visit("/explore")
    tess.visit("/index")
    field = tess.page.locator("[name=content_note]")
    assert field.input_value() == NOTE
    assert field.is_visible()
