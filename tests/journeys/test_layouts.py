"""What pages look like at the widths people have: measured in a real browser."""

from __future__ import annotations

from typing import Any

import pytest

PHONE = {"width": 360, "height": 740}
WIDE = {"width": 1440, "height": 900}
ZOOMED = {"width": 320, "height": 225}


def box(person: Any, selector: str) -> dict[str, float]:
    found = person.page.locator(selector).first.bounding_box()
    assert found is not None, selector
    return dict(found)


def style(person: Any, selector: str, name: str) -> str:
    element = person.page.locator(selector).first
    return str(element.evaluate("(node, name) => getComputedStyle(node)[name]", name))


def test_a_phone_has_a_write_button_on_every_page(new_member: Any) -> None:
    person = new_member("wren", viewport=PHONE)
    for path in ("/explore", "/search", "/notifications/all", "/settings"):
        person.visit(path)
        person.page.evaluate("scrollTo(0, 1e6)")
        button = box(person, ".write-button a")
        assert button["width"] >= 44, path
        assert button["y"] + button["height"] < box(person, ".site-nav")["y"], path
    person.follow_link("Write a post")
    assert person.page.evaluate("document.activeElement.id") == "composer-post"


def test_the_write_button_leaves_a_conversation_alone(new_member: Any, site: Any) -> None:
    site.add_member("ulla")
    person = new_member("wim", viewport=PHONE)
    person.visit("/messages/ulla")
    assert not person.page.locator(".write-button").is_visible()


def test_a_phone_says_whose_site_it_is(new_person: Any, new_member: Any) -> None:
    visitor, member = new_person(viewport=PHONE), new_member("brenda", viewport=PHONE)
    for person, path in ((visitor, "/auth/login"), (visitor, "/auth/register"), (member, "/index")):
        person.visit(path)
        assert "Riverside" in person.page.locator("h1").inner_text()
    for person, path in ((visitor, "/auth/reset_password_request"), (member, "/user/brenda")):
        person.visit(path)
        assert person.page.locator("main .brand").is_visible()
    member.visit("/explore")
    assert member.page.get_by_role("link", name="Riverside").first.is_visible()


def test_a_composer_in_use_has_one_ring(new_member: Any) -> None:
    person = new_member("ringo", viewport=WIDE)
    person.page.locator("#composer-post").focus()
    assert style(person, ".composer", "outlineStyle") == "solid"
    assert style(person, "#composer-post", "outlineStyle") == "none"


def test_tabs_stay_in_one_row_and_are_wide_enough(new_member: Any) -> None:
    person = new_member("tabitha", viewport={"width": 320, "height": 640})
    for language in ("en", "es", "zh"):
        cookie = {"name": "language", "value": language, "url": person.site.url}
        person.context.add_cookies([cookie])
        for path in ("/notifications/all", "/user/tabitha", "/search?q=tabitha"):
            person.visit(path)
            tabs = [tab.bounding_box() for tab in person.page.locator(".tabs a").all()]
            assert len({tab["y"] for tab in tabs}) == 1, (language, path)
            assert all(tab["width"] >= 44 and tab["height"] < 60 for tab in tabs), (language, path)
            assert style(person, ".tabs a", "paddingLeft") == "12px"
            assert person.page.evaluate("document.documentElement.scrollWidth") == 320


def test_the_current_tab_is_in_sight(new_member: Any) -> None:
    person = new_member("archie", viewport={"width": 320, "height": 640})
    person.visit("/notifications/all/archives")
    person.wait_until("document.querySelector('.tabs').scrollLeft > 0")
    current = box(person, ".tabs [aria-current]")
    assert current["x"] >= 0 and current["x"] + current["width"] <= 320


def test_nothing_stays_fixed_in_a_window_zoomed_to_400_percent(new_member: Any) -> None:
    person = new_member("zora", viewport=ZOOMED)
    person.visit("/explore")
    for selector in (".site-nav", ".page-head", ".write-button"):
        assert style(person, selector, "position") == "static", selector
    assert person.page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("viewport", [PHONE, WIDE], ids=["phone", "wide"])
def test_a_narrow_page_and_its_footer_start_at_the_same_edge(
    new_person: Any, viewport: dict[str, int]
) -> None:
    person = new_person(viewport=viewport)
    for path in ("/auth/login", "/auth/register", "/nowhere"):
        person.visit(path)
        assert box(person, "h1")["x"] == box(person, ".site-foot")["x"]


def test_a_form_has_no_holes_between_its_fields(new_person: Any) -> None:
    person = new_person(viewport=WIDE)
    person.visit("/auth/login")
    password, choice = box(person, "#password"), box(person, ".field--choice")
    assert choice["y"] - password["y"] - password["height"] < 30
    heading, label = box(person, "h1"), box(person, "label[for=username]")
    assert 20 <= label["y"] - heading["y"] - heading["height"] <= 30


def test_a_printed_page_is_as_wide_as_the_column_on_the_screen(new_person: Any) -> None:
    person = new_person(viewport=WIDE)
    person.page.emulate_media(media="print")
    person.visit("/auth/login")
    for width in (718, 794, 1047, 1123, 1400):
        person.page.set_viewport_size({"width": width, "height": 800})
        assert box(person, ".column")["width"] == 640, width


def test_forced_colors_still_show_the_current_tab_and_what_is_new(new_member: Any) -> None:
    person = new_member("fay", viewport=PHONE, forced_colors="active")
    person.visit("/notifications/all")
    current = style(person, ".tabs [aria-current]", "borderBottomColor")
    assert current != style(person, ".tabs a:not([aria-current])", "borderBottomColor")
    person.visit("/settings/appearance")
    assert style(person, "select", "appearance") == "auto"
    assert style(person, "label:has(:checked)", "outlineStyle") == "solid"
    assert style(person, ".write-button a", "borderTopWidth") == "1px"
