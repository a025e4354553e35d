"""Roles that are changed, given and deleted at the same moment."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.support.live import LiveBrowser, LiveServer

pytestmark = [pytest.mark.server, pytest.mark.slow]
TIMES = 4
MAKE_ADMIN = 'UPDATE "user" SET role_id = 3 WHERE username = :name'
PERMISSIONS = "SELECT permissions FROM role WHERE name = :name"
ROLE_ID = "SELECT id FROM role WHERE name = :name"
WITHOUT_ROLE = 'SELECT count(*) FROM "user" WHERE role_id NOT IN (SELECT id FROM role)'


def administrators(server: LiveServer, own_name: Callable[[str], str]) -> list[LiveBrowser]:
    """Signed in with browsers of their own."""
    browsers = []
    for number in range(TIMES):
        name = own_name(f"boss{number}y")
        browsers.append(server.browser().join(name))
        with server.engine.begin() as connection:
            connection.execute(sa.text(MAKE_ADMIN), {"name": name})
    return browsers


def make_role(server: LiveServer, browser: LiveBrowser, name: str) -> str:
    """The path of a new role."""
    assert browser.send("/admin/roles/new", name=name, rank="5").status == 302
    return f"/admin/roles/{server.value(ROLE_ID, name=name)}"


def test_of_several_changes_at_once_one_is_made(
    any_live_server: LiveServer, own_name: Callable[[str], str]
) -> None:
    server = any_live_server
    bosses, name = administrators(server, own_name), own_name("Watch")
    path = make_role(server, bosses[0], name)
    chosen = ("may_silence", "may_suspend", "may_hide_posts", "may_see_jobs")
    forms = [
        (browser, path, browser.fill(path, **{box: "y"}))
        for browser, box in zip(bosses, chosen, strict=True)
    ]
    assert server.at_once(forms) == [302] * TIMES
    held = str(server.value(PERMISSIONS, name=name)).split()
    assert len(held) == len(["write", "message", "report"]) + 1


def test_a_role_that_is_deleted_while_it_is_given_stays_with_nobody(
    any_live_server: LiveServer, own_name: Callable[[str], str]
) -> None:
    server = any_live_server
    bosses, name, person = administrators(server, own_name), own_name("Crew"), own_name("carl")
    server.browser().join(person)
    path = make_role(server, bosses[0], name)
    role_id, page = path.rpartition("/")[2], f"/admin/user/{person}"
    forms = [
        (browser, f"{page}/role", browser.fill(page, f"{page}/role", role=role_id))
        for browser in bosses[1:]
    ]
    forms.append((bosses[0], f"{path}/delete", bosses[0].fill(path, f"{path}/delete")))
    statuses = server.at_once(forms)
    assert statuses[-1] == 302 and set(statuses) <= {302, 410, 422}
    assert server.value("SELECT count(*) FROM role WHERE name = :name", name=name) == 0
    assert server.value(WITHOUT_ROLE) == 0
