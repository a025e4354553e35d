"""From the first visit to the second person's home, with scripts and without."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.conftest import Mailbox, Person
from tests.support.factories import PASSWORD

pytestmark = pytest.mark.browser
Open = Callable[..., Person]
NEW_PASSWORD = "another 9 quiet afternoons"


@pytest.fixture
def mailbox(site: object) -> Mailbox:
    box = site.mailbox
    assert isinstance(box, Mailbox)
    return box


def join(person: Person, mailbox: Mailbox, username: str) -> None:
    """Register, and go on through the mailed link."""
    address = f"{username}@example.com"
    person.visit("/")
    person.follow_link("Create account")
    person.fill(username=username, email=address, password=PASSWORD, password2=PASSWORD)
    person.take_time()
    person.press("Create account")
    assert person.sees(address)
    person.visit(mailbox.link(address, "verify"))
    person.press("Confirm")
    assert person.sees("Your address is confirmed.")


def write(person: Person, text: str) -> None:
    person.visit("/index")
    person.fill(post=text)
    person.press("Post")
    assert person.sees("Posted.")


def open_menu(person: Person, text: str) -> None:
    """The "…" of the post that contains `text`."""
    person.page.locator("article", has_text=text).locator(".act-more").first.click()


def test_two_people_meet(new_person: Open, mailbox: Mailbox, scripts: bool) -> None:
    end = "s" if scripts else "n"
    ana, ben = new_person(scripts=scripts), new_person(scripts=scripts)
    first = f"The bakery opens again on Saturday {end}. #riverside"
    join(ana, mailbox, f"ana_{end}")
    write(ana, first)
    for path in ("/index", "/explore", f"/user/ana_{end}", "/tag/riverside"):
        ana.visit(path)
        assert ana.sees("The bakery opens again"), path

    ana.page.locator("article", has_text=first).locator("time").first.click()
    ana.page.wait_for_url("**/post/*")
    permalink = ana.page.url
    open_menu(ana, first)
    ana.page.get_by_role("link", name="Edit").click()
    ana.fill(post=first.replace("Saturday", "Sunday"))
    ana.press("Save")
    assert ana.sees("on Sunday") and ana.sees("edited")
    ana.visit(permalink + "/history")
    assert ana.sees("on Saturday")

    ana.visit("/index")
    open_menu(ana, "on Sunday")
    ana.page.get_by_role("button", name="Delete").click()
    ana.page.wait_for_load_state()
    assert ana.sees("Post deleted.") and ana.lacks("on Sunday")
    ana.press("Undo")
    assert ana.sees("Post restored.")

    join(ben, mailbox, f"ben_{end}")
    ben.visit("/index")
    assert ben.lacks("on Sunday")
    ben.visit(f"/user/ana_{end}")
    ben.page.get_by_role("button", name=f"Follow ana_{end}").click()
    ben.page.wait_for_load_state()
    ben.visit("/index")
    assert ben.sees("on Sunday")
    ben.visit(f"/user/ben_{end}/following")
    ben.page.get_by_role("button", name=f": ana_{end}").click()
    ben.page.wait_for_load_state()
    ben.press("Undo")
    ben.visit("/index")
    assert ben.sees("on Sunday")


def test_a_forgotten_password_comes_back_by_mail(
    new_person: Open, mailbox: Mailbox, scripts: bool
) -> None:
    name = f"lucia_{'s' if scripts else 'n'}"
    lucia = new_person(scripts=scripts)
    join(lucia, mailbox, name)
    lucia.visit("/auth/logout")
    lucia.page.locator("main").get_by_role("button", name="Sign out").click()
    lucia.visit("/auth/login")
    lucia.page.get_by_role("link", name="Forgot").click()
    lucia.fill(email=f"{name}@example.com")
    lucia.press("Send link")
    link = mailbox.link(f"{name}@example.com", "reset_password")
    lucia.visit(link)
    lucia.fill(password=NEW_PASSWORD, password2=NEW_PASSWORD)
    lucia.press("Set password")
    lucia.sign_in(name, NEW_PASSWORD)
    lucia.visit("/auth/logout")
    lucia.page.locator("main").get_by_role("button", name="Sign out").click()
    lucia.visit(link)
    assert lucia.sees("This link doesn't work anymore")


def test_a_visitor_reads_in_spanish_and_chinese(new_person: Open, scripts: bool) -> None:
    visitor = new_person(scripts=scripts)
    visitor.visit("/")
    for language, word in (("es", "Iniciar sesión"), ("zh", "登录"), ("en", "Sign in")):
        chooser = visitor.page.locator("select[name=language]")
        chooser.select_option(language)
        if not scripts:
            visitor.page.locator("form[action='/language'] button").click()
        visitor.page.wait_for_selector(f"html[lang={language}]")
        assert visitor.sees(word)


def test_a_member_chooses_a_language_and_colors(
    new_person: Open, mailbox: Mailbox, scripts: bool
) -> None:
    name = f"wang_{'s' if scripts else 'n'}"
    wang = new_person(scripts=scripts, timezone_id="Asia/Shanghai")
    join(wang, mailbox, name)
    wang.visit("/settings/appearance")
    zone = wang.page.locator("[name=time_zone]").input_value()
    assert zone == ("Asia/Shanghai" if scripts else "UTC")
    for language, word in (("es", "Inicio"), ("zh", "首页")):
        wang.page.locator("main [name=language]").select_option(language)
        wang.page.locator("[name=theme][value=dark]").check()
        wang.page.locator("main form [type=submit]").first.click()
        wang.page.wait_for_selector(f"html[lang={language}][data-bs-theme=dark]")
        assert wang.sees(word)


def test_a_chosen_theme_wins_over_the_systems(new_member: Open) -> None:
    ana = new_member("night_ana", color_scheme="light")
    light, dark = "rgb(250, 249, 245)", "rgb(23, 22, 18)"
    for system, chosen, paper in (
        ("light", "system", light),
        ("dark", "system", dark),
        ("light", "dark", dark),
        ("dark", "light", light),
    ):
        ana.page.emulate_media(color_scheme=system)
        ana.visit("/settings/appearance")
        ana.page.locator(f"[name=theme][value={chosen}]").check()
        ana.page.locator("main form [type=submit]").first.click()
        ana.page.locator("main .notice").wait_for()
        background = "getComputedStyle(document.body).backgroundColor"
        assert ana.page.evaluate(background) == paper, (system, chosen)


def test_the_counter_counts_as_the_server_does(new_person: Open, mailbox: Mailbox) -> None:
    ana = new_person()
    join(ana, mailbox, "counting_ana")
    ana.visit("/index")
    box = ana.page.locator("#composer-post")
    box.fill("e\u0301" * 200 + "\nx")
    assert "78" in ana.page.locator(".counter").inner_text()
    box.fill("x" * 281)
    assert ana.sees("This is 1 character too long.")
    assert box.input_value() == "x" * 281


def test_a_page_stays_where_it_was_after_a_button_in_it(new_person: Open, mailbox: Mailbox) -> None:
    ana = new_person(viewport={"width": 1280, "height": 300})
    join(ana, mailbox, "staying_ana")
    for number in range(5):
        write(ana, f"Number {number} of five.")
    ana.visit("/user/staying_ana")
    open_menu(ana, "Number 1")
    place = ana.page.evaluate("scrollY")
    assert place > 0
    ana.page.get_by_role("button", name="Delete").click()
    undo = ana.page.get_by_role("button", name="Undo")
    undo.wait_for()
    ana.wait_until("scrollY > 0")
    box = undo.bounding_box()
    assert box is not None and 0 <= box["y"] < 300
    undo.click()
    ana.page.get_by_text("Post restored.").wait_for()
    ana.visit("/explore")
    assert ana.page.evaluate("scrollY") == 0


def test_long_words_in_titles_and_profiles_wrap(new_person: Open, mailbox: Mailbox) -> None:
    ana = new_person(viewport={"width": 320, "height": 700})
    join(ana, mailbox, "titled_ana")
    ana.visit("/index")
    ana.page.get_by_text("Options", exact=True).click()
    ana.fill(title="Wide" * 20, post="Its title is one word.")
    ana.press("Post")
    ana.visit("/settings/profile")
    ana.fill(display_name="N" * 50, about_me="https://example.com/" + "long" * 60)
    ana.press("Save")
    for path in ("/index", "/explore", "/user/titled_ana"):
        ana.visit(path)
        assert ana.page.evaluate("document.documentElement.scrollWidth") == 320, path


def test_a_hover_card_opens_by_pointer_and_by_keyboard(new_person: Open, mailbox: Mailbox) -> None:
    ana = new_person()
    join(ana, mailbox, "hovering_ana")
    write(ana, "Something to hover over.")
    ana.visit("/explore")
    name = ana.page.locator(".post__author").first
    name.hover()
    card = ana.page.locator(".hover-card")
    card.wait_for(state="visible")
    ana.page.keyboard.press("Escape")
    card.wait_for(state="hidden")
    ana.page.mouse.move(0, 0)
    name.focus()
    card.wait_for(state="visible")


CLICK_TWICE = """(button) => {
  const prevented = [];
  button.form.addEventListener("submit", (event) => {
    prevented.push(event.defaultPrevented);
    event.preventDefault();
  });
  button.click();
  button.click();
  return prevented;
}"""


def test_a_form_in_a_hover_card_is_sent_once(new_member: Open) -> None:
    new_member("followed_ben")
    ana = new_member("clicking_ana")
    ana.visit("/search?q=followed_ben&in=people")
    ana.page.locator("[data-behavior~=hover-card]").first.hover()
    follow = ana.page.locator(".hover-card").get_by_role("button", name="Follow followed_ben")
    follow.wait_for()
    assert follow.evaluate(CLICK_TWICE) == [False, True]
