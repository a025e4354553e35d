"""Reposts at once: one row each, counted right, and none of what is for followers by then."""

from __future__ import annotations

import pytest

from tests.races.test_races import TIMES, Name, publish
from tests.support.live import LiveServer

pytestmark = [pytest.mark.server, pytest.mark.slow]

COUNTED = "SELECT reposts_count FROM post_count WHERE post_id = :post"
ROWS = "SELECT count(*) FROM post WHERE repost_of_id = :post"
GROUPED = "SELECT sum(count) FROM notification_group WHERE post_id = :post AND name = 'repost'"


@pytest.fixture
def server(any_live_server: LiveServer) -> LiveServer:
    return any_live_server


def test_twenty_clicks_at_once_repost_once(server: LiveServer, own_name: Name):
    name = own_name("gus")
    post = publish(server.browser().join(name), name, "Look at this again.")
    path, fan = f"/post/{post}", server.browser().join(f"{name}fan")
    form = fan.fill(path, f"{path}/repost")
    assert server.at_once([(fan, f"{path}/repost", form)] * TIMES) == [302] * TIMES
    for counted in (ROWS, COUNTED, GROUPED):
        assert server.value(counted, post=post) == 1

    # Twenty others, of whom half take it back at once.
    people = [server.browser().join(f"{name}one{number}") for number in range(TIMES)]
    forms = [(one, f"{path}/repost", one.fill(path, f"{path}/repost")) for one in people]
    assert server.at_once(forms) == [302] * TIMES
    for counted in (ROWS, COUNTED, GROUPED):
        assert server.value(counted, post=post) == TIMES + 1
    back = [(one, f"{path}/unrepost", form) for one, _, form in forms[: TIMES // 2]]
    assert server.at_once([*back, *forms[TIMES // 2 :]]) == [302] * TIMES
    for counted in (ROWS, COUNTED, GROUPED):
        assert server.value(counted, post=post) == TIMES // 2 + 1


def test_nobody_reposts_what_is_narrowed_in_that_moment(server: LiveServer, own_name: Name):
    name = own_name("hal")
    author = server.browser().join(name)
    post = publish(author, name, "For everybody, for now.")
    path, edit = f"/post/{post}", f"/post/{post}/edit"
    fans = [server.browser().join(f"{name}fan{number}") for number in range(TIMES - 1)]
    for fan in fans:
        assert fan.send(f"/user/{name}", f"/follow/{name}").status == 302
    forms = [(fan, f"{path}/repost", fan.fill(path, f"{path}/repost")) for fan in fans]
    forms.insert(TIMES // 2, (author, edit, author.fill(edit, visibility="followers")))
    assert server.at_once(forms) == [302] * TIMES
    # Whoever came first did; the others are told why not, and nobody does by now.
    reposted = server.value(ROWS, post=post)
    assert (server.value(COUNTED, post=post) or 0) == reposted
    again = [(fan, path, form) for fan, path, form in forms if fan is not author]
    assert server.at_once(again) == [302] * (TIMES - 1)
    assert server.value(ROWS, post=post) == reposted
    refused = fans[0].post(f"{path}/repost", fans[0].fill(path, f"{path}/bookmark"))
    assert refused.status == 302
    assert "be reposted" in fans[0].get(path).body
