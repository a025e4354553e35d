"""Finding a post and its author, with scripts and without, wide and on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.factories import PASSWORD
from tests.journeys.conftest import Person, Site

pytestmark = pytest.mark.browser
Open = Callable[..., Person]
PHONE = {"width": 360, "height": 780}


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def member(site: Site, username: str) -> None:
    given = ("--username", username, "--email", f"{username}@example.com")
    site.flask("user", "create", *given, answer=PASSWORD + "\n")


def test_somebody_finds_a_post_and_follows_its_author(
    new_person: Open, site: Site, scripts: bool
) -> None:
    end = "s" if scripts else "n"
    for name in (f"finder_{end}", f"found_{end}"):
        member(site, name)
    writer = new_person(scripts=scripts)
    enter(writer, f"found_{end}")
    writer.fill(post=f"Das Café in der Straße {end} hat Brot 🍞")
    writer.press("Post")
    assert writer.sees("Your post is live.")

    finder = new_person(scripts=scripts)
    enter(finder, f"finder_{end}")
    finder.follow_link("Search")
    finder.fill(q=f"STRASSE cafe {end}")
    finder.press("Search")
    marks = finder.page.locator("article mark").all_inner_texts()
    assert marks == ["Café", "Straße", end]
    finder.follow_link("Best first")
    assert finder.page.locator("article").count() == 1
    finder.follow_link("People")
    assert finder.sees("Nobody found for")
    finder.fill(q=f"found_{end}")
    finder.press("Search")
    finder.page.get_by_role("button", name=f"Follow found_{end}").click()
    finder.page.wait_for_load_state()
    assert finder.page.get_by_role("button", name=f"Unfollow found_{end}").is_visible()
    assert f"q=found_{end}" in finder.page.url


def test_a_visitor_on_a_phone_searches_from_explore(
    new_person: Open, site: Site, scripts: bool
) -> None:
    visitor = new_person(scripts=scripts, viewport=PHONE)
    visitor.visit("/explore")
    assert not visitor.page.get_by_role("link", name="Search", exact=True).is_visible()
    visitor.fill(q="unheard-of")
    visitor.press("Search")
    assert visitor.sees("Nothing found for “unheard-of”")
    assert visitor.page.locator("[name=q]").input_value() == "unheard-of"


def enter(person: Person, username: str) -> None:
    person.visit("/auth/login")
    person.fill(username=username, password=PASSWORD)
    person.press("Sign in")
    assert person.page.url.endswith("/index")
