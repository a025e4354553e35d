"""Joining by invitation and by application, in a browser, with and without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from playwright.sync_api import Browser

from tests.journeys.conftest import Mailbox, Person, Site, browsers_of
from tests.support.factories import PASSWORD
from tests.support.live import serve

pytestmark = [pytest.mark.browser, pytest.mark.server]
_numbers = count(1)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site without mail, with an administrator."""
    folder = tmp_path_factory.mktemp("town")
    with serve(f"sqlite:///{folder}/app.db", folder) as server:
        site = Site(server, Mailbox(), folder)
        admin = ("--username", "sam", "--email", "sam@example.com", "--admin")
        site.flask("user", "create", *admin, answer=PASSWORD + "\n")
        yield site


def register(person: Person, username: str, **fields: str) -> None:
    email = f"{username}@example.com"
    person.fill(username=username, email=email, password=PASSWORD, password2=PASSWORD, **fields)
    person.take_time()
    person.press("Create account")


def choose_mode(sam: Person, name: str) -> None:
    sam.visit("/admin")
    sam.page.get_by_role("link", name="Site", exact=True).click()
    sam.page.get_by_role("radio", name=name).check()
    sam.press("Save")
    assert sam.sees("Changes saved.")


def test_from_an_invitation_to_the_first_post(chromium: Browser, town: Site, scripts: bool) -> None:
    name = f"nia{next(_numbers)}"
    with browsers_of(chromium, town) as open_one:
        sam, nia = open_one(scripts=scripts), open_one(scripts=scripts)
        sam.sign_in("sam")
        choose_mode(sam, "Invited people")
        sam.visit("/settings")
        sam.page.get_by_role("link", name="Invitations").click()
        sam.page.get_by_label("For how many people").select_option("5")
        sam.press("Create invitation")
        assert sam.sees("5 of 5 uses left")
        link = sam.page.get_by_label("Link, works until").first.input_value()
        nia.visit("/auth/register")
        assert nia.sees("by invitation only")
        nia.visit(link)
        assert nia.sees("(@sam) invited you.")
        register(nia, name)
        assert nia.sees("Welcome to")
        nia.follow_link("Skip")
        nia.fill(post="Hello from the market.")
        nia.press("Post")
        assert nia.sees("Hello from the market.")
        sam.visit("/invitations")
        assert sam.sees("4 of 5 uses left") and sam.sees(f"@{name}")
        sam.page.get_by_role("button", name="Revoke invitation").first.click()
        assert sam.sees("Its link doesn't work anymore.")


def test_from_an_application_to_its_acceptance(
    chromium: Browser, town: Site, scripts: bool
) -> None:
    name = f"dora{next(_numbers)}"
    with browsers_of(chromium, town) as open_one:
        sam, dora = open_one(scripts=scripts), open_one(scripts=scripts)
        sam.sign_in("sam")
        choose_mode(sam, "Everyone, after approval")
        dora.visit("/auth/register")
        register(dora, name, reason="I bake bread.")
        assert dora.sees("Your application is waiting") and dora.sees("I bake bread.")
        sam.visit("/admin")
        sam.follow_link("Applications")
        sam.page.get_by_role("checkbox", name=f"@{name}").check()
        sam.press("Accept chosen")
        assert sam.sees("1 accepted.") and sam.sees("No one is waiting")
        dora.visit("/auth/waiting")
        dora.fill(post="Bread is ready.")
        dora.press("Post")
        assert dora.sees("Bread is ready.")


def test_nobody_meets_the_field_that_scripts_fill_in(
    chromium: Browser, town: Site, scripts: bool
) -> None:
    with browsers_of(chromium, town) as open_one:
        sam, dora = open_one(scripts=scripts), open_one(scripts=scripts)
        sam.sign_in("sam")
        choose_mode(sam, "Everyone By filling in a form")
        dora.visit("/auth/register")
        assert not dora.page.locator("[name=website]").is_visible()
        assert "Leave this empty" not in dora.page.locator("main").aria_snapshot()
        dora.page.locator("[name=username]").focus()
        focused = [dora.focused_name() for _ in range(6)]
        assert "email" in focused and "password2" in focused and "website" not in focused
