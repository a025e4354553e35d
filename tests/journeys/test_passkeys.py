"""A passkey from making it to signing in with it, in a browser that has an authenticator."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.conftest import Person
from tests.journeys.test_accessibility import check
from tests.journeys.test_two_factor import give_password, sign_out, turn_on

pytestmark = pytest.mark.browser
Open = Callable[..., Person]


def plug_in(person: Person, *, verifies: bool = True) -> None:
    """Give the browser an authenticator, which says yes to everything."""
    session = person.context.new_cdp_session(person.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": verifies,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_signs_in_without_a_password_and_after_one(new_member: Open) -> None:
    person = new_member("paco")
    plug_in(person)
    person.visit("/settings/passkeys")
    person.fill(name="Paco's laptop")
    person.press("Add a passkey")
    person.page.wait_for_selector("text=Passkey added.")
    assert person.sees("Paco's laptop") and person.sees("Not used yet")
    turn_on(person)
    sign_out(person)

    person.visit("/auth/login")
    person.press("Sign in with a passkey")
    person.page.wait_for_url("**/index")
    sign_out(person)

    give_password(person, "paco")
    assert person.page.url.endswith("/auth/two-factor")
    person.press("Use a passkey")
    person.page.wait_for_url("**/index")

    person.visit("/settings/passkeys")
    assert person.sees("Last used:")
    person.press("Remove")
    assert person.sees("You don't have any passkeys yet.")
    sign_out(person)
    person.visit("/auth/login")
    person.press("Sign in with a passkey")
    person.page.wait_for_selector("text=This passkey didn't work.")


def test_a_passkey_shows_again_who_one_is(new_member: Open) -> None:
    person = new_member("pia")
    plug_in(person)
    person.visit("/settings/passkeys")
    person.press("Add a passkey")
    person.page.wait_for_selector("text=Passkey added.")
    person.visit("/auth/sudo?next=/settings/export")
    check(person, "sudo-with-passkey", "wide-light")
    person.press("Use a passkey")
    person.page.wait_for_selector("text=Thanks. You can continue now.")
    assert person.page.url.endswith("/settings/export")


def test_whoever_is_not_verified_adds_none_and_can_try_again(new_member: Open) -> None:
    person = new_member("pilar")
    plug_in(person, verifies=False)
    person.visit("/settings/passkeys")
    person.press("Add a passkey")
    person.page.wait_for_selector("text=That didn't work.")
    button = person.page.get_by_role("button", name="Add a passkey")
    assert button.is_enabled() and button.get_attribute("aria-disabled") is None
    assert button.evaluate("button => button === document.activeElement")


def test_where_the_site_does_not_ask_it_says_why(new_member: Open) -> None:
    person = new_member("pepa")
    plug_in(person)
    person.visit("/settings/passkeys")
    options = "**/settings/passkeys/options"
    person.page.route(options, lambda route: route.fulfill(status=429))
    person.press("Add a passkey")
    person.page.wait_for_selector("text=You've tried too often.")
    person.page.unroute(options)
    # The session has ended meanwhile.
    person.context.clear_cookies()
    person.press("Add a passkey")
    person.page.wait_for_selector("text=Sign in")


def test_a_browser_that_knows_no_passkeys_says_so(new_member: Open) -> None:
    person = new_member("pol")
    person.page.add_init_script("delete PublicKeyCredential.parseRequestOptionsFromJSON")
    person.visit("/settings/passkeys")
    person.page.wait_for_selector("text=This browser can't use passkeys.")
    assert not person.page.get_by_role("button", name="Add a passkey").is_visible()


def test_without_scripts_the_pages_say_what_passkeys_need(new_member: Open) -> None:
    person = new_member("petra", scripts=False)
    person.visit("/settings/passkeys")
    assert person.sees("Passkeys need JavaScript in your browser.")
    assert not person.page.get_by_role("button", name="Add a passkey").is_visible()
