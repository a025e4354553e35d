"""Administrators who leave or are made at the same moment: there is always one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support.commands import CommandLine
from tests.support.factories import PASSWORD
from tests.support.live import LiveServer

pytestmark = [pytest.mark.server, pytest.mark.slow]
TIMES = 5
RESET = 'UPDATE "user" SET role_id = 1'
MAKE = RESET.replace("1", "3") + " WHERE username IN ('{}')"
LEFT = 'SELECT count(*) FROM "user" WHERE role_id = 3 AND closed_at IS NULL'


def test_of_administrators_who_all_leave_at_once_one_stays(
    any_live_server: LiveServer, own_name: Callable[[str], str]
) -> None:
    server, page = any_live_server, "/settings/account/close"
    names = [own_name(f"boss{number}x") for number in range(TIMES)]
    browsers = [server.browser().join(name) for name in names]
    with server.engine.begin() as connection:
        connection.execute(sa.text(RESET))
        connection.execute(sa.text(MAKE.format("', '".join(names))))
    forms = [(browser, page, browser.fill(page, password=PASSWORD)) for browser in browsers]
    assert sorted(server.at_once(forms)) == [302] * (TIMES - 1) + [409]
    assert server.value(LEFT) == 1


def test_one_setup_link_used_twice_at_once_makes_one_administrator(
    any_live_server: LiveServer, own_name: Callable[[str], str], tmp_path: Path
) -> None:
    server = any_live_server
    with server.engine.begin() as connection:
        connection.execute(sa.text(RESET))
    url = server.engine.url.render_as_string(hide_password=False)
    link = CommandLine(tmp_path, url).succeed("user", "setup-link").split()[-1]
    path = link[link.index("/auth/") :]
    forms = []
    for number in range(TIMES):
        browser, name = server.browser(), own_name(f"first{number}x")
        values = {"username": name, "email": f"{name}@example.com"}
        values |= {"password": PASSWORD, "password2": PASSWORD}
        forms.append((browser, path, browser.fill(path) | values))
    statuses = server.at_once(forms)
    # Whoever comes after the winner has left finds no such page.
    assert statuses.count(302) == 1 and set(statuses) <= {302, 404, 410}
    assert server.value(LEFT) == 1
