"""Twenty processes with the same code at the same moment: it works once."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.support.factories import code_of
from tests.support.live import LiveBrowser, LiveServer

TIMES = 20
APP, SUDO = "/settings/two-factor/app", "/auth/sudo"

Name = Callable[[str], str]
pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture
def server(any_live_server: LiveServer) -> LiveServer:
    return any_live_server


def set_up(browser: LiveBrowser) -> tuple[str, dict[str, str]]:
    """The secret for a new app, and the form that turns it on."""
    page = browser.get(APP).body
    found = re.search(r'<p class="secret"[^>]*>([A-Z2-7 ]+)</p>', page)
    assert found
    secret = found[1].replace(" ", "")
    form = {name: _value(page, name) for name in ("csrf_token", "draft")}
    return secret, form | {"code": code_of(secret)}


def _value(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]* value="([^"]+)"', page)
    assert found, name
    return found[1]


def test_a_code_of_the_app_and_a_recovery_code_work_once(server: LiveServer, own_name: Name):
    browser = server.browser().join(own_name("tina"))
    secret, form = set_up(browser)
    codes = re.findall(r"<li[^>]*>(\w{4}-\w{4})</li>", browser.post(APP, form).body)
    assert len(codes) == 10
    # The current one has turned it on.
    next_code = code_of(secret, later=1)
    for code in (next_code, codes[0]):
        confirm = browser.fill(SUDO) | {"code": code}
        statuses = server.at_once([(browser, SUDO, confirm)] * TIMES)
        assert sorted(statuses) == [302] + [422] * (TIMES - 1), code


def test_turning_it_on_twenty_times_makes_one_app_and_ten_codes(server: LiveServer, own_name: Name):
    name = own_name("tom")
    browser = server.browser().join(name)
    _, form = set_up(browser)
    statuses = server.at_once([(browser, APP, form)] * TIMES)
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 302, 422}
    rows = """SELECT count(*) FROM {} JOIN "user" ON "user".id = user_id WHERE username = :name"""
    assert server.value(rows.format("authenticator"), name=name) == 1
    assert server.value(rows.format("recovery_code"), name=name) == 10
