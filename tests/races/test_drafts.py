"""Drafts at once: one for each composer, and one post of each."""

from __future__ import annotations

import pytest

from tests.races.test_races import TIMES, Name
from tests.support.live import LiveServer

pytestmark = [pytest.mark.server, pytest.mark.slow]

DRAFTS = """
    SELECT count(*) FROM draft WHERE author_id = (SELECT id FROM "user" WHERE username = :name)
"""
NUMBER = """
    SELECT max(id) FROM draft WHERE author_id = (SELECT id FROM "user" WHERE username = :name)
"""
POSTS = """
    SELECT count(*) FROM post WHERE author_id = (SELECT id FROM "user" WHERE username = :name)
"""
TAGS = """
    SELECT count(*) FROM tag_follow WHERE user_id = (SELECT id FROM "user" WHERE username = :name)
"""


@pytest.fixture
def server(any_live_server: LiveServer) -> LiveServer:
    return any_live_server


def test_twenty_clicks_keep_one_draft_and_publish_it_once(server: LiveServer, own_name: Name):
    name = own_name("ida")
    author = server.browser().join(name)
    form = author.fill("/index", post="Not finished yet")
    assert server.at_once([(author, "/drafts", form)] * TIMES) == [302] * TIMES
    assert server.value(DRAFTS, name=name) == 1

    path = f"/draft/{server.value(NUMBER, name=name)}"
    form = author.fill(path, f"{path}/publish", post="Finished.")
    statuses = server.at_once([(author, f"{path}/publish", form)] * TIMES)
    # Whoever comes later finds the post, or no draft any more.
    assert 302 in statuses and set(statuses) <= {302, 404}
    assert server.value(DRAFTS, name=name) == 0
    assert server.value(POSTS, name=name) == 1


def test_a_draft_is_followed_by_one_post_from_whichever_page(server: LiveServer, own_name: Name):
    name = own_name("jon")
    author = server.browser().join(name)
    form = author.fill("/index", post="From either page.")
    assert author.post("/drafts", form).status == 302
    path = f"/draft/{server.value(NUMBER, name=name)}"
    opened = author.fill(path, f"{path}/publish")
    forms = [(author, "/index", form), (author, f"{path}/publish", opened)] * (TIMES // 2)
    statuses = server.at_once(forms)
    assert set(statuses) <= {302, 404}
    assert server.value(DRAFTS, name=name) == 0
    assert server.value(POSTS, name=name) == 1


def test_nobody_follows_more_tags_than_there_may_be(server: LiveServer, own_name: Name):
    name = own_name("kim")
    person = server.browser().join(name)
    form = person.fill("/tag/bread", "/tag/bread/follow")
    paths = [f"/tag/tag{number}/follow" for number in range(TIMES)]
    for _ in range(2):
        assert server.at_once([(person, path, form) for path in paths]) == [302] * TIMES
        assert server.value(TAGS, name=name) == TIMES
    more = [f"/tag/more{number}/follow" for number in range(TIMES)]
    assert server.at_once([(person, path, form) for path in more]) == [302] * TIMES
    assert server.value(TAGS, name=name) == 30
