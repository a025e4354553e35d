"""Somebody reads what they could not read before, with scripts and without."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.conftest import Person, Site

pytestmark = pytest.mark.browser
Open = Callable[..., Person]
SPANISH = "Hola, vecinos. La panadería de la plaza abre otra vez el sábado por la mañana"


def test_a_post_is_read_in_ones_own_language(new_member: Open, scripts: bool) -> None:
    end = "s" if scripts else "n"
    text = f"{SPANISH} {end}."
    iris = new_member(f"iris_{end}", scripts=scripts)
    iris.visit("/index")
    iris.fill(post=text)
    iris.press("Post")
    iris.visit("/explore")
    card = iris.page.locator("article", has_text=text)
    card.get_by_role("button", name="Translate").click()
    iris.page.get_by_text(f"[en] {text}").wait_for()
    assert iris.sees("Translated from Spanish")
    assert iris.page.url.endswith("/explore") == scripts
    translated = iris.page.locator("article", has_text=f"[en] {text}")
    assert translated.get_by_role("button", name="Translate").count() == 0
    if scripts:
        assert iris.page.evaluate("document.activeElement.className") == "translation"


def test_a_reader_finds_the_feeds(new_member: Open, site: Site, scripts: bool) -> None:
    name = f"olga_{'s' if scripts else 'n'}"
    olga = new_member(name, scripts=scripts)
    for page in (f"/user/{name}", "/explore", "/tag/riverside"):
        olga.visit(page)
        link = olga.page.get_by_role("link", name="Feed", exact=True)
        assert link.get_attribute("href") == f"{page}/feed.atom"
        answer = olga.context.request.get(f"{site.url}{page}/feed.atom")
        assert answer.headers["content-type"].startswith("application/atom+xml")
