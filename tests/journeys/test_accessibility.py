"""What axe says of every page, in both themes, on a phone and on a wide screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe

from app import db
from app.models import User
from tests.journeys.conftest import Person, Site, pictures_folder
from tests.support.factories import PASSWORD

pytestmark = pytest.mark.browser
Open = Callable[..., Person]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Details of what is right are not asked for: they take longer than finding what is wrong.
OPTIONS = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
SIZES = {"phone": (360, 780), "wide": (1440, 900)}
FOR_VISITORS = {
    "front": "/",
    "sign-in": "/auth/login",
    "register": "/auth/register",
    "forgotten": "/auth/reset_password_request",
    "broken-link": "/auth/verify/nothing",
    "missing": "/no/such/page",
    "explore-as-visitor": "/explore",
    "profile-as-visitor": "/user/ana",
    "broken-reset": "/auth/reset_password/nothing",
    "search-as-visitor": "/search?q=nothing-like-this",
    "api-docs": "/api/docs",
    "rules": "/about/rules",
    "privacy": "/about/privacy",
    "decision-log": "/about/moderation",
    "private-followers": "/user/lucia/followers",
}
FOR_MEMBERS = {
    "home": "/index",
    "explore": "/explore",
    "empty-tag": "/tag/nothinghere",
    "search": "/search",
    "search-posts": "/search?q=the",
    "search-best": "/search?q=the&sort=best&page=2",
    "search-people": "/search?q=ana&in=people",
    "search-nothing": "/search?q=nothing-like-this",
    "search-nobody": "/search?q=nothing-like-this&in=people",
    "search-mistaken": "/search?q=after:foo+from:nobodyhere",
    "profile": "/user/riversider",
    "followers": "/user/riversider/followers",
    "messages": "/messages",
    "new-message": "/messages/new",
    "new-message-to-nobody": "/messages/new?to=nobodyhere",
    "notes": "/messages/riversider",
    "notifications": "/notifications/all",
    "mentions": "/notifications/all/mentions",
    "following": "/user/ana/following",
    "bookmarks": "/bookmarks",
    "likes": "/likes",
    "settings": "/settings",
    "settings-profile": "/settings/profile",
    "settings-account": "/settings/account",
    "settings-email": "/settings/account/email",
    "settings-deleted": "/settings/deleted",
    "settings-close": "/settings/account/close",
    "settings-password": "/settings/password",
    "settings-sign-in": "/settings/two-factor",
    "settings-authenticator": "/settings/two-factor/app",
    "settings-two-factor-off": "/settings/two-factor/off",
    "settings-passkeys": "/settings/passkeys",
    "settings-security-log": "/settings/security-log",
    "settings-appearance": "/settings/appearance",
    "settings-privacy": "/settings/privacy",
    "settings-filters": "/settings/filters",
    "settings-filters-new": "/settings/filters/new",
    "settings-notifications": "/settings/notifications",
    "settings-sessions": "/settings/sessions",
    "settings-tokens": "/settings/tokens",
    "settings-export": "/settings/export",
    "welcome": "/welcome",
    "welcome-people": "/welcome/people",
    "welcome-rules": "/welcome/rules",
    "sign-out": "/auth/logout",
}


@pytest.fixture(scope="session")
def town(site: Site) -> Site:
    """A site with people and posts, and one member whose password is PASSWORD."""
    site.flask("demo", "--users", "40", "--posts", "120", "--seed", "7")
    site.add_member("riversider")
    site.flask("site", "set", "MODERATION_LOG", "everyone")
    with site.app.app_context():
        db.session.execute(sa.update(User).filter_by(username="lucia").values(hides_follows=True))
        db.session.commit()
    return site


def check(person: Person, name: str, style: str) -> None:
    if folder := pictures_folder():
        person.page.screenshot(path=folder / f"{name}-{style}.png", full_page=True)
    # Wherever a page is scrolled to, its head covers half of something.
    person.page.evaluate("scrollTo(0, 0)")
    found = Axe().run(person.page, options=OPTIONS)
    report = found.generate_report() if found.violations_count else ""
    assert found.violations_count == 0, f"{name} {style}\n{report}"


# Every page in both themes, and on both screens. The other two pairs are for looking at.
STYLES = [("phone", "dark"), ("wide", "light")]
if pictures_folder():
    STYLES += [("phone", "light"), ("wide", "dark")]


@pytest.mark.parametrize(("size", "theme"), STYLES)
def test_axe_finds_nothing(new_person: Open, town: Site, theme: str, size: str) -> None:
    width, height = SIZES[size]
    viewport = {"width": width, "height": height}
    person = new_person(viewport=viewport, color_scheme=theme)
    style = f"{size}-{theme}"
    for name, path in FOR_VISITORS.items():
        person.visit(path)
        check(person, name, style)
    check_forms_with_errors(person, style)
    person.sign_in("riversider")
    check(person, "empty-home", style)
    for name, path in FOR_MEMBERS.items():
        person.visit(path)
        check(person, name, style)
    check_with_posts(person, style)
    check_unread(new_person, town, {"viewport": viewport, "color_scheme": theme}, style)


# What is drawn without backgrounds: the edges of whatever is pressed or counted, and the icons,
# whose color browsers leave alone although they change the background behind it.
UNSEEN = """
() => [".btn", ".count-badge", "input", "textarea", "select", "svg", "[aria-current]"]
  .flatMap((selector) => [...document.querySelectorAll(selector)])
  .filter((element) => element.checkVisibility() && element.getBoundingClientRect().width > 1)
  .filter((element) => {
    const style = getComputedStyle(element);
    const around = getComputedStyle(element.parentElement);
    if (element.matches("svg")) return style.color !== around.color;
    if (element.matches(".composer *, [type=checkbox], [type=radio]")) return false;
    const isUnderlined = [element, ...element.children].some(
      (part) => getComputedStyle(part).textDecorationLine === "underline");
    return !parseFloat(style.borderBottomWidth) && !isUnderlined;
  })
  .map((element) => element.outerHTML.slice(0, 120))
"""
# Icons that are masks are drawn by their backgrounds, which browsers take away.
UNSEEN_MASKS = """
() => [...document.querySelectorAll(".acts > a, .acts > button")]
  .map((element) => getComputedStyle(element, "::before").backgroundColor)
  .filter((color) => color === getComputedStyle(document.body).backgroundColor)
"""
WITHOUT_CONTRAST = {"rules": {"color-contrast": {"enabled": False}}}
DRAWN_IN_FORCED_COLORS = ("home", "search-posts", "settings")


def test_everything_is_drawn_where_people_choose_all_colors(new_person: Open, town: Site) -> None:
    person = new_person(forced_colors="active", color_scheme="dark", reduced_motion="reduce")
    person.page.set_viewport_size({"width": 360, "height": 780})
    person.sign_in("riversider")
    for name in DRAWN_IN_FORCED_COLORS:
        person.visit(FOR_MEMBERS[name])
        assert person.page.evaluate(UNSEEN) == [], name
        assert person.page.evaluate(UNSEEN_MASKS) == [], name
        # Axe compares the forced background with the color that was asked for.
        found = Axe().run(person.page, options=OPTIONS | WITHOUT_CONTRAST)
        assert found.violations_count == 0, f"{name}\n{found.generate_report()}"


def check_forms_with_errors(person: Person, style: str) -> None:
    """What a visitor gets who filled something in wrong, and who has to look for a mail."""
    person.visit("/auth/login")
    person.fill(username="riversider", password="not this one")
    person.press("Sign in")
    check(person, "sign-in-error", style)
    person.visit("/auth/register")
    person.fill(username="a b", email="nobody", password="1")
    person.page.locator("main form").first.evaluate("form => form.noValidate = true")
    person.take_time()
    person.press("Create account")
    check(person, "register-error", style)
    name = f"arrival_{style.replace('-', '_')}"
    person.fill(username=name, email=f"{name}@example.com", password=PASSWORD)
    person.press("Create account")
    check(person, "check-mail", style)


def check_unread(new_person: Open, town: Site, options: dict[str, Any], style: str) -> None:
    """What another person finds: a message, a follower and a mention, none of them seen yet."""
    name = f"neighbour_{style.replace('-', '_')}"
    town.add_member(name)
    sender, reader = new_person(**options), new_person(**options)
    sender.sign_in("riversider")
    reader.sign_in(name)
    sender.visit("/index")
    sender.fill(post=f"Welcome, @{name}.")
    sender.press("Post")
    sender.visit(f"/user/{name}")
    sender.press(f"Follow {name}")
    sender.visit(f"/messages/{name}")
    sender.fill(message="Welcome to the river. https://example.org")
    sender.press("Send")
    check(sender, "conversation", style)
    sender.visit("/messages")
    check(sender, "conversations", style)
    # Stays unread for long enough to be looked at.
    reader.page.route("**/read", lambda route: route.fulfill(status=404))
    for page, path in (
        ("unread-notifications", "/notifications/all"),
        ("unread-messages", "/messages"),
        ("unread-conversation", "/messages/riversider"),
    ):
        reader.visit(path)
        check(reader, page, style)


def check_translation(person: Person, style: str) -> None:
    """A post in another language, before and after its button was pressed."""
    person.visit("/index")
    person.fill(post=f"Hola, vecinos. La panadería abre otra vez el sábado, {style}.")
    person.press("Post")
    person.page.get_by_role("button", name="Translate").first.click()
    person.page.locator(".translation").first.wait_for()
    check(person, "home-with-translation", style)
    person.visit("/index")
    person.page.locator("article time").first.click()
    person.page.wait_for_url("**/post/*")
    check(person, "permalink-translatable", style)


def check_with_posts(person: Person, style: str) -> None:
    """A permalink, somebody's profile, a post of one's own in all its states, an error."""
    person.visit("/explore")
    person.page.locator("article time").first.click()
    person.page.wait_for_url("**/post/*")
    check(person, "permalink", style)
    check_translation(person, style)
    person.page.locator("article .post__author").first.click()
    person.page.wait_for_url("**/user/*")
    check(person, "someone", style)
    person.visit("/index")
    person.fill(post="Written to be looked at. " * 12)
    check(person, "composer-error", style)
    person.fill(post=f"Written to be looked at, {style}.")
    person.press("Post")
    check(person, "home-with-notice", style)
    person.page.locator("article .act-more").first.click()
    check(person, "menu", style)
    person.page.keyboard.press("Escape")
    person.page.locator("article .act-keep").first.click()
    person.page.locator("article .act-keep[aria-pressed=true]").first.wait_for()
    check(person, "bookmarked", style)
    person.page.locator("article .act-more").first.click()
    person.page.get_by_role("link", name="Edit").click()
    check(person, "edit", style)
    person.fill(post=f"Edited to be looked at, {style}.")
    person.press("Save")
    person.page.get_by_role("link", name="edited").first.click()
    person.page.wait_for_url("**/history")
    check(person, "history", style)
    person.visit("/index")
    person.page.locator("article .act-more").first.click()
    person.page.get_by_role("button", name="Delete").click()
    person.page.wait_for_load_state()
    check(person, "deleted", style)
