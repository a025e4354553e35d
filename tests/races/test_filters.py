"""Filters that are added and brought back at the same moment: never more than the most."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from app.services.community.filters import FILTERS_MAX
from tests.support.live import LiveServer

pytestmark = [pytest.mark.server, pytest.mark.slow]
TIMES, PLACES = 20, 3
LIST, NEW = "/settings/filters", "/settings/filters/new"
WHOSE = '(SELECT id FROM "user" WHERE username = :name)'
COUNT = f"SELECT count(*) FROM filter WHERE deleted_at IS NULL AND user_id = {WHOSE}"  # noqa: S608
VERSION = f'SELECT filters_version FROM "user" WHERE id = {WHOSE}'  # noqa: S608


def test_twenty_filters_at_once_take_the_last_three_places(
    any_live_server: LiveServer, own_name: Callable[[str], str]
) -> None:
    server, name = any_live_server, own_name("fila")
    browser = server.browser().join(name)
    # One to bring back meanwhile.
    assert browser.send(NEW, words="first").status == 302
    (first_id,) = _ids(server, name)
    delete, restore = f"{LIST}/{first_id}/delete", f"{LIST}/{first_id}/restore"
    back = browser.fill(LIST, delete)
    assert browser.post(delete, back).status == 302
    with server.engine.begin() as connection:
        row = f"INSERT INTO filter (user_id, contexts, action, created_at) SELECT {WHOSE}, "
        row += "'home', 'warn', created_at FROM \"user\" WHERE username = :name"
        for _ in range(FILTERS_MAX - PLACES):
            connection.execute(sa.text(row), {"name": name})
    new = browser.fill(NEW, words="bread")
    forms = [(browser, NEW, new)] * (TIMES - 2) + [(browser, restore, back)] * 2
    # Whoever comes too late is led to the list, which says why; what is back already is not found.
    assert set(server.at_once(forms)) <= {302, 404}
    assert server.value(COUNT, name=name) == FILTERS_MAX
    assert "You have as many filters as you can have." in browser.get(LIST).body


def test_a_filter_deleted_twenty_times_at_once_is_gone_once(
    any_live_server: LiveServer, own_name: Callable[[str], str]
) -> None:
    server, name = any_live_server, own_name("filo")
    browser = server.browser().join(name)
    assert browser.send(NEW, words="bread").status == 302
    (filter_id,) = _ids(server, name)
    assert server.value(VERSION, name=name) is not None
    delete = f"{LIST}/{filter_id}/delete"
    form = browser.fill(LIST, delete)
    statuses = server.at_once([(browser, delete, form)] * TIMES)
    assert sorted(statuses) == [302] + [404] * (TIMES - 1)
    assert server.value(COUNT, name=name) == 0
    assert server.value(VERSION, name=name) is None


def test_a_filter_changed_twenty_times_at_once_keeps_to_its_words(
    any_live_server: LiveServer, own_name: Callable[[str], str]
) -> None:
    server, name = any_live_server, own_name("fina")
    browser = server.browser().join(name)
    assert browser.send(NEW, words="bread").status == 302
    (filter_id,) = _ids(server, name)
    path = f"{LIST}/{filter_id}"
    forms = [
        (browser, path, browser.fill(path, words="\n".join(f"w{number}x{n}" for n in range(20))))
        for number in range(TIMES)
    ]
    assert server.at_once(forms) == [302] * TIMES
    words = "SELECT count(*) FROM filter_keyword WHERE filter_id = :id"
    assert server.value(words, id=filter_id) == 20


def _ids(server: LiveServer, name: str) -> list[int]:
    rows = f"SELECT id FROM filter WHERE user_id = {WHOSE}"  # noqa: S608
    with server.engine.connect() as connection:
        return list(connection.execute(sa.text(rows), {"name": name}).scalars())
