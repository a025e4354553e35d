"""Twenty processes at the same moment: one effect, nothing counted twice, nobody sees an error."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.live import LiveBrowser, LiveServer

TIMES = 20
PASSWORD = "correct horse 7 battery"

Name = Callable[[str], str]
pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture
def server(any_live_server: LiveServer) -> LiveServer:
    return any_live_server


def counters(server: LiveServer, name: str) -> dict[str, object]:
    sql = 'SELECT {} FROM "user" WHERE username = :name'
    kinds = ("posts_count", "followers_count", "following_count")
    return {kind: server.value(sql.format(kind), name=name) for kind in kinds}


def publish(browser: LiveBrowser, name: str, text: str) -> int:
    """Publish `text` and return the post's id."""
    assert browser.send("/index", post=text).status == 302
    found = re.search(r'id="post-(\d+)"', browser.get(f"/user/{name}").body)
    assert found
    return int(found[1])


def test_twenty_registrations_of_one_name_make_one_person(server: LiveServer, own_name: Name):
    name = own_name("ana")
    forms = []
    for number in range(TIMES):
        browser = server.browser()
        values = {
            "username": name.upper() if number % 2 else name,
            "email": f"{name}.{number}@example.com",
            "password": PASSWORD,
            "password2": PASSWORD,
        }
        forms.append((browser, "/auth/register", browser.fill("/auth/register") | values))
    statuses = server.at_once(forms)
    assert sorted(statuses) == [302] + [422] * (TIMES - 1)
    rows = 'SELECT count(*) FROM "user" WHERE username_key = :name'
    assert server.value(rows, name=name) == 1


def test_twenty_registrations_with_one_address_make_one_person_and_look_alike(
    server: LiveServer, own_name: Name
):
    name = own_name("ben")
    forms = []
    for number in range(TIMES):
        browser = server.browser()
        values = {
            "username": f"{name}x{number}",
            "email": f"{name}@example.com",
            "password": PASSWORD,
            "password2": PASSWORD,
        }
        forms.append((browser, "/auth/register", browser.fill("/auth/register") | values))
    assert server.at_once(forms) == [302] * TIMES
    rows = 'SELECT count(*) FROM "user" WHERE email_key = :email'
    assert server.value(rows, email=f"{name}@example.com") == 1


def test_twenty_people_follow_one_at_once_and_each_counts(server: LiveServer, own_name: Name):
    name = own_name("cleo")
    server.browser().join(name)
    fans = [server.browser().join(f"{name}fan{number}") for number in range(TIMES)]
    forms = [(fan, f"/follow/{name}", fan.fill(f"/user/{name}", f"/follow/{name}")) for fan in fans]
    assert server.at_once(forms) == [302] * TIMES
    assert counters(server, name)["followers_count"] == TIMES
    for number in range(TIMES):
        assert counters(server, f"{name}fan{number}")["following_count"] == 1

    forms = [
        (fan, f"/unfollow/{name}", fan.fill(f"/user/{name}", f"/unfollow/{name}")) for fan in fans
    ]
    assert server.at_once(forms) == [302] * TIMES
    assert counters(server, name)["followers_count"] == 0


def test_one_person_follows_another_twenty_times_at_once_and_counts_once(
    server: LiveServer, own_name: Name
):
    name, fan = own_name("ana"), own_name("ben")
    server.browser().join(name)
    browser = server.browser().join(fan)
    fields = browser.fill(f"/user/{name}", f"/follow/{name}")
    assert server.at_once([(browser, f"/follow/{name}", fields)] * TIMES) == [302] * TIMES
    assert counters(server, name)["followers_count"] == 1
    assert counters(server, fan)["following_count"] == 1

    assert server.at_once([(browser, f"/unfollow/{name}", fields)] * TIMES) == [302] * TIMES
    assert counters(server, name)["followers_count"] == 0
    assert counters(server, fan)["following_count"] == 0


def test_people_who_follow_each_other_at_once_never_lock_each_other_out(
    server: LiveServer, own_name: Name
):
    names = [own_name("ana"), own_name("ben")]
    browsers = [server.browser().join(name) for name in names]
    forms = []
    for here, other in ((0, 1), (1, 0)):
        path = f"/follow/{names[other]}"
        forms += [(browsers[here], path, browsers[here].fill(f"/user/{names[other]}", path))] * 10
    assert server.at_once(forms) == [302] * TIMES
    for name in names:
        assert counters(server, name) == {
            "posts_count": 0,
            "followers_count": 1,
            "following_count": 1,
        }


def test_one_form_sent_twenty_times_at_once_is_one_post(server: LiveServer, own_name: Name):
    name = own_name("ana")
    browser = server.browser().join(name)
    fields = browser.fill("/index", post="Once is enough. #once")
    assert server.at_once([(browser, "/index", fields)] * TIMES) == [302] * TIMES
    assert counters(server, name)["posts_count"] == 1
    author_id = server.value('SELECT id FROM "user" WHERE username = :name', name=name)
    assert server.value("SELECT count(*) FROM post WHERE author_id = :id", id=author_id) == 1


def test_twenty_posts_of_one_person_at_once_are_all_there(server: LiveServer, own_name: Name):
    name = own_name("ana")
    browser = server.browser().join(name)
    forms = [
        (browser, "/index", browser.fill("/index", post=f"Number {number}."))
        for number in range(TIMES)
    ]
    assert server.at_once(forms) == [302] * TIMES
    assert counters(server, name)["posts_count"] == TIMES


def test_a_post_deleted_and_restored_twenty_times_at_once_is_counted_right(
    server: LiveServer, own_name: Name
):
    name = own_name("ana")
    browser = server.browser().join(name)
    post_id = publish(browser, name, "Here and gone.")
    path = f"/post/{post_id}"
    token = browser.fill(path, f"{path}/delete")

    statuses = server.at_once([(browser, f"{path}/delete", token)] * TIMES)
    assert statuses.count(302) == 1
    assert set(statuses) <= {302, 404, 410}
    assert counters(server, name)["posts_count"] == 0

    statuses = server.at_once([(browser, f"{path}/restore", token)] * TIMES)
    assert statuses.count(302) == 1
    assert set(statuses) <= {302, 404, 410}
    assert counters(server, name)["posts_count"] == 1

    mixed = [(browser, f"{path}/{verb}", token) for verb in ("delete", "restore")]
    assert set(server.at_once(mixed * 10)) <= {302, 404, 410}
    is_shown = browser.get(path).status == 200
    assert counters(server, name)["posts_count"] == int(is_shown)


def test_a_post_edited_twenty_times_at_once_keeps_every_version(server: LiveServer, own_name: Name):
    name = own_name("ana")
    browser = server.browser().join(name)
    path = f"/post/{publish(browser, name, 'The first words.')}"
    fields = browser.fill(f"{path}/edit")
    forms = [
        (browser, f"{path}/edit", fields | {"post": f"Edit {number}."}) for number in range(TIMES)
    ]
    assert server.at_once(forms) == [302] * TIMES
    now = browser.get(path).body
    history = browser.get(f"{path}/history").body
    for words in ["The first words.", *(f"Edit {number}." for number in range(TIMES))]:
        assert (words in now) != (words in history), words
