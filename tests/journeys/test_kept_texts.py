"""What is typed outlives leaving the page, and is not sent twice by going back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.conftest import Person, Site

pytestmark = pytest.mark.browser
Open = Callable[..., Person]
TEXT = "The path by the river is open again."


def write(person: Person, **texts: str) -> None:
    """Fill in fields of the page, once its scripts are there: they are imported when it is."""
    person.page.wait_for_load_state("networkidle")
    person.fill(**texts)


def composer(person: Person) -> str:
    person.page.wait_for_timeout(300)
    return person.page.locator("#composer-post").input_value()


def test_a_text_waits_while_its_author_looks_around(new_member: Open) -> None:
    rosalba = new_member("rosalba")
    rosalba.visit("/index")
    write(rosalba, post=TEXT)
    rosalba.follow_link("Explore")
    rosalba.page.wait_for_url("**/explore")
    rosalba.follow_link("Home")
    rosalba.page.wait_for_url("**/index")
    assert composer(rosalba) == TEXT
    rosalba.press("Post")
    assert rosalba.sees("Posted.")
    assert composer(rosalba) == ""
    # Nor does it come back later.
    rosalba.visit("/explore")
    rosalba.visit("/index")
    assert composer(rosalba) == ""


def test_going_back_after_posting_finds_an_empty_composer(new_member: Open) -> None:
    remo = new_member("remo")
    remo.visit("/index")
    write(remo, post=TEXT)
    remo.press("Post")
    assert remo.sees("Posted.")
    # Its scripts learn here that the text has arrived.
    remo.page.wait_for_load_state("networkidle")
    remo.page.go_back()
    assert composer(remo) == ""


def test_a_reply_that_arrived_does_not_come_back_below_its_post(new_member: Open) -> None:
    ruth = new_member("ruth_kt")
    ruth.visit("/index")
    write(ruth, post=TEXT)
    ruth.press("Post")
    assert ruth.sees("Posted.")
    ruth.follow_link("View")
    ruth.page.wait_for_url("**/post/*")
    thread = ruth.page.url
    ruth.page.wait_for_load_state("networkidle")
    ruth.page.locator("#composer-reply").fill("And dry.")
    ruth.press("Reply")
    assert ruth.sees("Reply posted.")
    ruth.page.wait_for_load_state("networkidle")
    ruth.visit(thread)
    ruth.page.wait_for_timeout(300)
    assert ruth.page.locator("#composer-reply").input_value() == ""


# As a browser fills in what was typed before, and then says that the page is shown.
FILL_IN_LATE = """
([name, text]) => {
  document.querySelector(`form [name=${name}]`).value = text;
  dispatchEvent(new PageTransitionEvent("pageshow", { persisted: false }));
}
"""


def test_whom_a_text_is_for_waits_with_it(new_member: Open) -> None:
    rosaura = new_member("rosaura")
    rosaura.visit("/index")
    rosaura.page.get_by_text("Options", exact=True).click()
    rosaura.page.get_by_label("Who can see it").select_option("followers")
    write(rosaura, post=TEXT)
    rosaura.follow_link("Explore")
    rosaura.page.wait_for_url("**/explore")
    rosaura.follow_link("Home")
    rosaura.page.wait_for_url("**/index")
    assert composer(rosaura) == TEXT
    seen = rosaura.page.get_by_label("Who can see it")
    assert seen.is_visible() and seen.input_value() == "followers"
    assert rosaura.page.locator(".composer output").first.inner_text() == "Followers"
    rosaura.press("Post")
    assert rosaura.sees("Posted.")
    assert composer(rosaura) == "" and seen.input_value() == "public"
    assert rosaura.page.locator("article .post__seen").first.get_attribute("title") == (
        "For followers"
    )


def test_the_composer_is_empty_however_late_the_browser_fills_it_in(new_member: Open) -> None:
    rufo = new_member("rufo")
    rufo.visit("/index")
    rufo.page.get_by_text("Options", exact=True).click()
    write(rufo, title="The river", post=TEXT)
    rufo.press("Post")
    assert rufo.sees("Posted.")
    rufo.page.wait_for_load_state("networkidle")
    rufo.page.go_back()
    assert composer(rufo) == ""
    for name, text in (("title", "The river"), ("post", TEXT)):
        rufo.page.evaluate(FILL_IN_LATE, [name, text])
        assert rufo.page.locator(f"[name={name}]").first.input_value() == ""
    # What somebody writes again stays, even if it is the same.
    rufo.page.locator("#composer-post").fill(TEXT)
    rufo.follow_link("Explore")
    rufo.page.wait_for_url("**/explore")
    rufo.page.go_back()
    assert composer(rufo) == TEXT


def test_a_text_that_never_arrived_is_there_again(new_member: Open) -> None:
    rita = new_member("rita")
    rita.visit("/index")
    write(rita, post=TEXT)
    failure = {"status": 503, "body": "Back in a moment"}
    rita.page.route("**/index", lambda route: route.fulfill(**failure))
    rita.page.get_by_role("button", name="Post", exact=True).click()
    rita.page.wait_for_load_state()
    rita.page.unroute("**/index")
    # The browser's own, about that failure.
    rita.complaints.clear()
    rita.visit("/index")
    assert composer(rita) == TEXT


def typed_anywhere(person: Person) -> list[str]:
    areas = person.page.locator("textarea")
    return [areas.nth(number).input_value() for number in range(areas.count())]


def test_whoever_signs_in_next_in_the_same_tab_finds_nothing_of_a_text(
    new_member: Open, site: Site
) -> None:
    rutger = new_member("rutger")
    site.add_member("roman")
    rutger.visit("/index")
    write(rutger, post=TEXT)
    # Signed out from another device, for example.
    rutger.context.clear_cookies()
    rutger.visit("/explore")
    assert TEXT in rutger.page.evaluate("JSON.stringify(sessionStorage)")
    rutger.sign_in("roman")
    assert composer(rutger) == ""
    assert rutger.page.evaluate("JSON.stringify(sessionStorage)") == "{}"
    # The browser fills in again what was typed at that place of its history.
    for _ in range(4):
        rutger.page.go_back()
        rutger.page.wait_for_timeout(300)
        assert TEXT not in typed_anywhere(rutger)


def test_not_even_without_scripts_is_the_text_of_another_person_filled_in(
    new_member: Open, site: Site
) -> None:
    rina = new_member("rina", scripts=False)
    site.add_member("ralph")
    rina.visit("/index")
    write(rina, post=TEXT)
    rina.visit("/auth/logout")
    # Whoever goes back to their own text still finds it.
    rina.page.go_back()
    assert TEXT in typed_anywhere(rina)
    rina.visit("/auth/logout")
    rina.page.locator("main").get_by_role("button", name="Sign out").click()
    rina.page.wait_for_load_state()
    rina.sign_in("ralph")
    for _ in range(6):
        rina.page.go_back()
        assert TEXT not in typed_anywhere(rina)


def test_the_same_person_finds_the_text_after_signing_in_again(new_member: Open) -> None:
    renzo = new_member("renzo")
    renzo.visit("/index")
    write(renzo, post=TEXT)
    renzo.context.clear_cookies()
    renzo.sign_in("renzo")
    assert composer(renzo) == TEXT


def test_signing_out_forgets_texts_where_browsers_ignore_the_header(new_member: Open) -> None:
    raul = new_member("raul")
    for path in ("/index", "/auth/logout", "/settings"):
        raul.visit("/index")
        write(raul, post=TEXT)
        raul.visit(path)
        raul.page.wait_for_load_state("networkidle")
        assert TEXT in raul.page.evaluate("JSON.stringify(sessionStorage)")
        # As if nothing but the form had been sent.
        raul.page.route("**/auth/logout", lambda route: route.fulfill(status=204))
        raul.page.locator("form[action$='/logout'] button:visible").last.click()
        raul.wait_until("sessionStorage.length === 0")
        raul.page.unroute("**/auth/logout")


FAULTY_STORAGE = {
    "off": "Object.defineProperty(window, 'sessionStorage', {get() { throw new Error('off') }})",
    "missing": "Object.defineProperty(window, 'sessionStorage', {value: null})",
    "full": "Storage.prototype.setItem = () => { throw new Error('full') }",
    "spoiled": "for (const key of ['place', 'text:1:/index']) sessionStorage.setItem(key, '{')",
}


@pytest.mark.parametrize("fault", FAULTY_STORAGE)
def test_everything_else_works_where_nothing_can_be_kept(
    new_member: Open, site: Site, fault: str
) -> None:
    rolf = new_member(f"rolf_{fault}")
    site.add_member(f"rowan_{fault}")
    rolf.context.add_init_script(FAULTY_STORAGE[fault])
    rolf.visit("/index")
    write(rolf, post=TEXT)
    assert rolf.page.locator(".counter").inner_text() == str(280 - len(TEXT))
    rolf.press("Post")
    assert rolf.sees("Posted.")
    rolf.visit("/people")
    rolf.page.get_by_role("button", name="Follow").first.click()
    rolf.page.wait_for_load_state()
    assert rolf.sees("You're following")
