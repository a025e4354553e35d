"""From the settings to a program that writes, with scripts and without."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.request import Request, urlopen

import pytest

from tests.journeys.conftest import Person, Site
from tests.support.factories import PASSWORD

pytestmark = pytest.mark.browser
Open = Callable[..., Person]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_program_gets_a_token_writes_and_loses_it(
    new_member: Open, site: Site, scripts: bool
) -> None:
    name = f"gita{scripts:d}"
    person = new_member(name, scripts=scripts)
    person.visit("/settings")
    person.page.get_by_role("link", name="API tokens").click()
    person.fill(name="Weather station", password=PASSWORD)
    person.page.get_by_label("Read and write").check()
    person.press("Create token")
    secret = person.page.get_by_label("Token", exact=True).input_value()
    assert call(site, secret, "POST", "/api/posts", {"body": f"Rain, says {name}."}) == 201
    person.visit("/index")
    assert person.sees(f"Rain, says {name}.")
    person.visit("/settings/tokens")
    assert person.sees("Weather station") and person.lacks(secret)
    person.press("Revoke")
    assert person.sees("Token revoked.")
    assert call(site, secret, "GET", "/api/me") == 401


def call(
    site: Site, secret: str, method: str, path: str, body: dict[str, str] | None = None
) -> int:
    """What a program gets."""
    data = json.dumps(body).encode() if body else None
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    try:
        with urlopen(Request(site.url + path, data, headers, method=method)) as answer:
            return int(answer.status)
    except OSError as error:
        return int(getattr(error, "code", 0))
