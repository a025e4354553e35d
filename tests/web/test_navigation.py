"""The navigation marks where one is."""

from __future__ import annotations

import pytest

from app.web.navigation import PAGES_BELOW
from tests.support.pages import get_page, log_in


def marked(page) -> list[str]:
    (nav,) = page.all("nav")[:1]
    return [link.get("href") for link in nav.iter("a") if link.get("aria-current") == "page"]


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("/", ["/index"]),
        ("/index", ["/index"]),
        ("/explore", ["/explore"]),
        ("/people", ["/explore"]),
        ("/user/ana", ["/user/ana"]),
        ("/user/ANA", ["/user/ana"]),
        ("/user/ben", []),
        ("/user/ana/followers", []),
        ("/messages", ["/messages"]),
        ("/messages/ben", ["/messages"]),
        ("/notifications/all", ["/notifications/all"]),
        ("/settings", ["/settings"]),
        ("/settings/tokens", ["/settings"]),
        ("/settings/account/close", ["/settings"]),
    ],
)
def test_a_member_sees_where_they_are(client, ana, ben, path, entry):
    log_in(client, ana)
    response = client.get(path)
    url = response.location if response.status_code in (301, 302, 308) else path
    assert marked(get_page(client, url)) == entry


@pytest.mark.parametrize("path", ["/", "/explore", "/auth/login", "/auth/register"])
def test_a_visitor_sees_where_they_are(client, path):
    assert marked(get_page(client, path)) == [path]


def test_every_page_of_the_settings_belongs_to_them(app):
    pages = {r.endpoint for r in app.url_map.iter_rules() if r.endpoint.endswith("_settings")}
    assert pages <= set(PAGES_BELOW["main.settings"])
    endpoints = {entry for entries in PAGES_BELOW.values() for entry in entries}
    assert {*PAGES_BELOW, *endpoints} <= set(app.view_functions)
