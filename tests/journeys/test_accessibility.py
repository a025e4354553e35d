"""What axe says of every page, in both themes, on a phone and on a wide screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.factories import PASSWORD
from tests.journeys.conftest import Person, Site, pictures_folder

pytestmark = pytest.mark.browser
Open = Callable[..., Person]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIZES = {"phone": (360, 780), "wide": (1440, 900)}
FOR_VISITORS = {
    "front": "/",
    "sign-in": "/auth/login",
    "register": "/auth/register",
    "forgotten": "/auth/reset_password_request",
    "broken-link": "/auth/verify/nothing",
    "missing": "/no/such/page",
    "api-docs": "/api/docs",
}
FOR_MEMBERS = {
    "home": "/index",
    "explore": "/explore",
    "empty-tag": "/tag/nothinghere",
    "profile": "/user/riversider",
    "followers": "/user/riversider/followers",
    "settings": "/settings",
    "settings-profile": "/settings/profile",
    "settings-account": "/settings/account",
    "settings-close": "/settings/account/close",
    "settings-password": "/settings/password",
    "settings-appearance": "/settings/appearance",
    "settings-privacy": "/settings/privacy",
    "settings-sessions": "/settings/sessions",
    "settings-tokens": "/settings/tokens",
    "sign-out": "/auth/logout",
}


@pytest.fixture(scope="session")
def town(site: Site) -> Site:
    """A site with people and posts, and one member whose password is PASSWORD."""
    site.flask("demo", "--users", "40", "--posts", "120", "--seed", "7")
    member = ("--username", "riversider", "--email", "riversider@example.com")
    site.flask("user", "create", *member, answer=PASSWORD + "\n")
    return site


def check(person: Person, name: str, style: str) -> None:
    if folder := pictures_folder():
        person.page.screenshot(path=folder / f"{name}-{style}.png", full_page=True)
    found = Axe().run(person.page, options={"runOnly": {"type": "tag", "values": RULES}})
    report = found.generate_report() if found.violations_count else ""
    assert found.violations_count == 0, f"{name} {style}\n{report}"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing(new_person: Open, town: Site, theme: str, size: str) -> None:
    width, height = SIZES[size]
    viewport = {"width": width, "height": height}
    person = new_person(viewport=viewport, color_scheme=theme)
    style = f"{size}-{theme}"
    for name, path in FOR_VISITORS.items():
        person.visit(path)
        check(person, name, style)
    person.visit("/auth/login")
    person.fill(username="riversider", password=PASSWORD)
    person.press("Sign in")
    check(person, "empty-home", style)
    for name, path in FOR_MEMBERS.items():
        person.visit(path)
        check(person, name, style)
    check_with_posts(person, style)


def check_with_posts(person: Person, style: str) -> None:
    """A permalink, somebody's profile, a post of one's own in all its states, an error."""
    person.visit("/explore")
    person.page.locator("article time").first.click()
    person.page.wait_for_url("**/post/*")
    check(person, "permalink", style)
    person.page.locator("article .post__author").first.click()
    person.page.wait_for_url("**/user/*")
    check(person, "someone", style)
    person.visit("/index")
    person.fill(post="Written to be looked at. " * 12)
    person.press("Post")
    check(person, "composer-error", style)
    person.fill(post=f"Written to be looked at, {style}.")
    person.press("Post")
    check(person, "home-with-notice", style)
    person.page.locator("article summary").first.click()
    check(person, "menu", style)
    person.page.locator("article").first.get_by_role("link", name="Edit").click()
    check(person, "edit", style)
    person.visit("/index")
    person.page.locator("article summary").first.click()
    person.page.locator("article").first.get_by_role("button", name="Delete").click()
    person.page.wait_for_load_state()
    check(person, "deleted", style)
