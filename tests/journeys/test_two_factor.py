"""From turning on two-factor sign-in to turning it off, with scripts and without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journeys.conftest import Person, Site
from tests.journeys.test_accessibility import check
from tests.support.factories import PASSWORD, code_of

pytestmark = pytest.mark.browser
Open = Callable[..., Person]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_code_is_asked_for_from_turning_it_on_to_turning_it_off(
    new_member: Open, scripts: bool
) -> None:
    name = f"toto{scripts:d}"
    person = new_member(name, scripts=scripts)
    secret, codes = turn_on(person)
    sign_out(person)

    give_password(person, name)
    assert person.page.url.endswith("/auth/two-factor")
    check_if_scripted(person, "two-factor")
    person.visit("/index")
    assert "/auth/login" in person.page.url
    person.visit("/auth/two-factor")
    # The current one has turned it on.
    person.fill(code=code_of(secret, later=1))
    person.press("Sign in")
    assert person.page.url.endswith("/index")
    sign_out(person)

    give_password(person, name)
    person.page.get_by_text("Use a recovery code", exact=True).click()
    person.fill(recovery_code=codes[0])
    person.press("Sign in with the recovery code")
    assert person.page.url.endswith("/index")

    person.visit("/settings/two-factor")
    assert person.sees("You have 9 codes left.")
    person.visit("/auth/sudo")
    check_if_scripted(person, "sudo-with-code")
    person.visit("/settings/two-factor")
    check_if_scripted(person, "settings-two-factor-on")
    person.follow_link("Turn off…")
    person.press("Turn off")
    assert person.sees("Two-factor sign-in is off.")
    sign_out(person)
    person.sign_in(name)
    person.visit("/settings/security-log")
    for text in ("Signed in with a code", "Signed in with a recovery code", "app turned off"):
        assert person.sees(text), text


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_whoever_has_lost_all_factors_is_let_in_by_an_administrator(
    new_member: Open, new_person: Open, site: Site, scripts: bool
) -> None:
    name, boss_name = f"lena{scripts:d}", f"otto{scripts:d}"
    person = new_member(name, scripts=scripts)
    turn_on(person)
    sign_out(person)
    site.add_member(boss_name)
    site.flask("user", "role", boss_name, "administrator")
    boss = new_person(scripts=scripts)
    boss.sign_in(boss_name)

    # Without the phone and without the codes, the password alone is not enough.
    give_password(person, name)
    assert person.page.url.endswith("/auth/two-factor")
    boss.visit("/admin/people")
    boss.fill(q=name)
    boss.press("Search")
    boss.page.locator(f"a[href='/admin/user/{name}']").first.click()
    boss.page.locator("li", has_text="Second factors").get_by_role("button").click()
    boss.page.wait_for_load_state()
    assert boss.lacks("Second factors")

    person.sign_in(name)
    person.visit("/settings/two-factor")
    assert person.lacks("You have 10 codes left.")
    site.mailbox.find(f"{name}@example.com", "(?i)two-factor|second factor|authenticator")
    boss.visit("/admin/audit")
    assert boss.sees(f"@{name}")


def turn_on(person: Person) -> tuple[str, list[str]]:
    """Set up an app; returns its secret, and the recovery codes as the file has them."""
    person.visit("/settings")
    person.page.get_by_role("link", name="codes from an app").click()
    person.follow_link("Set up an app")
    secret = person.page.locator(".secret").inner_text().replace(" ", "")
    person.fill(code=code_of(secret))
    person.press("Turn on")
    shown = person.page.locator(".codes li").all_inner_texts()
    with person.page.expect_download() as download:
        person.page.get_by_role("button", name="Save as a file").click()
    saved = Path(download.value.path()).read_text().split()
    check_if_scripted(person, "recovery-codes")
    assert len(shown) == 10 and saved[-10:] == shown
    person.follow_link("I have saved them")
    assert person.sees("You have 10 codes left.")
    return secret, shown


def check_if_scripted(person: Person, name: str) -> None:
    """Axe needs scripts itself."""
    if person.page.locator("html.scripted").count():
        check(person, name, "wide-light")


def sign_out(person: Person) -> None:
    person.visit("/auth/logout")
    person.page.locator("main").get_by_role("button", name="Sign out").click()
    person.page.wait_for_load_state()


def give_password(person: Person, name: str) -> None:
    person.visit("/auth/login")
    person.fill(username=name, password=PASSWORD)
    person.press("Sign in")
