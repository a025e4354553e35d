"""Copying an address or a token, also where the browser forbids it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.conftest import Person
from tests.support.factories import PASSWORD

pytestmark = pytest.mark.browser
Open = Callable[..., Person]
FORBIDDEN = """
() => { navigator.clipboard.writeText = () => Promise.reject(new Error("forbidden")); }
"""


def test_where_copying_is_forbidden_the_link_still_leads_to_the_post(new_member: Open) -> None:
    carla = new_member("carla")
    carla.visit("/index")
    carla.fill(post="To be linked to.")
    carla.press("Post")
    carla.visit("/user/carla")
    carla.page.evaluate(FORBIDDEN)
    carla.page.locator("article .act-more").first.click()
    carla.page.get_by_role("button", name="Copy link").click()
    carla.page.wait_for_url("**/post/*")
    assert carla.sees("To be linked to.")


def test_where_copying_is_forbidden_the_token_is_selected(new_member: Open) -> None:
    carlo = new_member("carlo")
    carlo.visit("/settings/tokens")
    carlo.fill(name="Weather station", password=PASSWORD)
    carlo.press("Create token")
    carlo.page.evaluate(FORBIDDEN)
    secret = carlo.page.get_by_label("Token", exact=True).input_value()
    carlo.page.get_by_role("button", name="Copy").click()
    carlo.wait_until("secret => getSelection().toString() === secret", secret)
