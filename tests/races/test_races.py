"""Twenty processes at the same moment: one effect, nothing counted twice, nobody sees an error."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.support.live import ROOT, LiveBrowser, LiveServer

TIMES = 20
PASSWORD = "correct horse 7 battery"

AUTHOR = "(SELECT author_id FROM post WHERE id = :post)"
PERSON = '(SELECT id FROM "user" WHERE username = :name)'

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


def test_twenty_forms_for_a_token_of_one_name_make_one(server: LiveServer, own_name: Name):
    name = own_name("tess")
    browser = server.browser().join(name)
    values = {"name": "phone", "scope": "read", "days": "30", "password": PASSWORD}
    form = browser.fill("/settings/tokens") | values
    statuses = server.at_once([(browser, "/settings/tokens", form)] * TIMES)
    assert sorted(statuses) == [200] + [422] * (TIMES - 1)
    rows = """
        SELECT count(*) FROM token JOIN "user" ON "user".id = token.user_id WHERE username = :name
    """
    assert server.value(rows, name=name) == 1


def test_twenty_registrations_with_one_address_make_one_person(server: LiveServer, own_name: Name):
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
    assert sorted(server.at_once(forms)) == [302] + [422] * (TIMES - 1)
    rows = 'SELECT count(*) FROM "user" WHERE email_key = :email'
    assert server.value(rows, email=f"{name}@example.com") == 1


def test_a_username_changed_twenty_times_at_once_is_one_of_them_and_the_old_one_rests(
    server: LiveServer, own_name: Name
):
    name = own_name("ana")
    browser, page = server.browser().join(name), "/settings/account"
    fields = browser.fill(page, f"{page}/username")
    names = [f"{name}.x", *(f"{name}.{number}" for number in range(4))]
    forms = [(browser, f"{page}/username", fields | {"username": new}) for new in names * 4]
    assert server.at_once(forms) == [302] * TIMES
    last = server.value('SELECT username_key FROM "user" WHERE username LIKE :n', n=f"{name}%")
    rest = """SELECT count(*) FROM former_username JOIN "user" ON "user".id = user_id
              WHERE "user".username_key = :last AND former_username.username_key <> :last"""
    assert last in names
    # Every name but the last one: nobody else can take any of them yet.
    assert server.value(rest, last=last) == len(names)


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


def test_a_place_moved_by_twenty_devices_at_once_is_the_farthest(
    server: LiveServer, own_name: Name
):
    name = own_name("ana")
    browser = server.browser().join(name)
    ids = [publish(browser, name, f"Number {number} of {name}") for number in range(5)]
    fields = browser.fill("/index", "/index/read")
    # In any order, and never back again.
    forms = [(browser, "/index/read", fields | {"post_id": str(one)}) for one in ids[::-1] * 4]
    assert server.at_once(forms) == [302] * TIMES
    rows = 'SELECT {} FROM marker JOIN "user" ON id = user_id WHERE username = :name'
    assert server.value(rows.format("last_read_id"), name=name) == ids[-1]
    assert 1 <= int(str(server.value(rows.format("version"), name=name))) <= len(ids)


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
    token = browser.fill(f"{path}/menu", f"{path}/delete")

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


def test_one_form_sent_twenty_times_at_once_is_one_message(server: LiveServer, own_name: Name):
    name, friend = own_name("ana"), own_name("ben")
    reader = server.browser().join(friend)
    browser = server.browser().join(name)
    path = f"/send_message/{friend}"
    fields = browser.fill(f"/messages/{friend}", path, message="Once.")
    assert server.at_once([(browser, path, fields)] * TIMES) == [302] * TIMES
    assert unread(server, friend) == sent_to(server, friend) == 1
    assert reader.get("/messages").body.count("Once.") == 1


def test_people_who_write_to_each_other_at_once_share_one_conversation(
    server: LiveServer, own_name: Name
):
    name, friend = own_name("ana"), own_name("ben")
    ana, ben = server.browser().join(name), server.browser().join(friend)
    forms = []
    for number in range(TIMES // 2):
        for browser, other in ((ana, friend), (ben, name)):
            path = f"/send_message/{other}"
            fields = browser.fill(f"/messages/{other}", path, message=f"Line {number}")
            forms.append((browser, path, fields))
    assert server.at_once(forms) == [302] * TIMES
    assert unread(server, friend) == sent_to(server, friend) == TIMES // 2
    assert unread(server, name) == sent_to(server, name) == TIMES // 2
    pairs = """SELECT count(*) FROM conversation JOIN "user" ON "user".id IN (lower_id, higher_id)
               WHERE username = :name"""
    assert server.value(pairs, name=name) == 1
    latest = """SELECT count(*) FROM participation WHERE last_message_id <
                (SELECT max(id) FROM message WHERE message.conversation_id =
                 participation.conversation_id)"""
    assert server.value(latest) == 0


def test_what_arrives_while_one_marks_as_read_is_not_lost(server: LiveServer, own_name: Name):
    name, friend = own_name("ana"), own_name("ben")
    ana, ben = server.browser().join(name), server.browser().join(friend)
    path = f"/send_message/{friend}"
    assert ana.send(f"/messages/{friend}", path, message="First").status == 302
    read = f"/messages/{name}/read"
    marks = ben.fill(f"/messages/{name}", read)
    forms = [(ben, read, marks)] * 5
    for number in range(TIMES - 5):
        fields = ana.fill(f"/messages/{friend}", path, message=f"Line {number}")
        forms.append((ana, path, fields))
    assert server.at_once(forms) == [302] * TIMES
    assert unread(server, friend) == TIMES - 5


def unread(server: LiveServer, name: str) -> object:
    sql = """SELECT coalesce(sum(unread_count), 0) FROM participation
             JOIN "user" ON "user".id = participation.user_id WHERE username = :name"""
    return server.value(sql, name=name)


def sent_to(server: LiveServer, name: str) -> object:
    sql = """SELECT count(*) FROM message JOIN "user" ON "user".id = recipient_id
             WHERE username = :name"""
    return server.value(sql, name=name)


def test_twenty_clicks_make_one_archive(server: LiveServer, own_name: Name):
    name = own_name("ana")
    browser = server.browser().join(name)
    form = (browser, "/settings/export", browser.fill("/settings/export"))
    assert server.at_once([form] * TIMES) == [302] * TIMES
    rows = 'SELECT count(*) FROM export JOIN "user" u ON u.id = user_id WHERE username = :name'
    assert server.value(rows, name=name) == 1


def test_following_while_being_blocked_leaves_no_follow(server: LiveServer, own_name: Name):
    name = own_name("ana")
    ana = server.browser().join(name)
    followers = []
    for number in range(TIMES // 2):
        other = f"{name}f{number}"
        browser = server.browser().join(other)
        form = browser.fill(f"/user/{name}", f"/follow/{name}")
        followers.append((browser, f"/follow/{name}", form))
    blocks = [
        (ana, f"/user/{name}f{number}/block", ana.fill("/auth/logout"))
        for number in range(TIMES // 2)
    ]
    # Who follows a moment after the block is refused.
    assert set(server.at_once([*followers, *blocks])) <= {302, 403}
    assert server.value("SELECT count(*) FROM block") >= TIMES // 2
    rows = """
        SELECT count(*) FROM follow JOIN "user" ON "user".id = follow.followed_id
        WHERE username = :name
    """
    assert server.value(rows, name=name) == 0
    assert counters(server, name)["followers_count"] == 0


def test_twenty_people_with_one_invitation_for_three_use_it_three_times(
    server: LiveServer, own_name: Name
):
    name = own_name("nia")
    command = [sys.executable, "-m", "flask", "--app", "microblog", "invite", "create"]
    made = subprocess.run(
        [*command, "--uses", "3"], cwd=ROOT, env=server.environ, stdout=subprocess.PIPE, check=True
    )
    path = "/auth/register?invite=" + made.stdout.decode().strip().rpartition("=")[2]
    forms = []
    for number in range(TIMES):
        browser = server.browser()
        values = {
            "username": f"{name}x{number}",
            "email": f"{name}.{number}@example.com",
            "password": PASSWORD,
            "password2": PASSWORD,
        }
        forms.append((browser, "/auth/register", browser.fill(path, "/auth/register") | values))
    # The site is open, so the others join without it.
    assert server.at_once(forms) == [302] * TIMES
    came = """
        SELECT count(*) FROM invitee JOIN "user" ON "user".id = invitee.user_id
        WHERE username LIKE :names
    """
    assert server.value(came, names=f"{name}x%") == 3
    left = "SELECT uses_left FROM invitation ORDER BY id DESC LIMIT 1"
    assert server.value(left) == 0


def test_twenty_people_reply_at_once_and_each_counts(server: LiveServer, own_name: Name):
    name = own_name("ada")
    post = publish(server.browser().join(name), name, "Who comes along?")
    path = f"/post/{post}/reply"
    people = [server.browser().join(f"{name}fan{number}") for number in range(TIMES)]
    forms = [(one, path, one.fill(path, path) | {"post": "I do."}) for one in people]
    assert server.at_once(forms) == [302] * TIMES
    replies = "SELECT replies_count FROM post_count WHERE post_id = :post"
    assert server.value(replies, post=post) == TIMES
    told = f"SELECT count(*) FROM notification WHERE name = 'reply' AND user_id = {AUTHOR}"  # noqa: S608
    assert server.value(told, post=post) == TIMES

    # Taken back by half of them, at once, while the first form of each is sent again.
    rows = f"SELECT max(id) FROM post WHERE reply_to_id = :post AND author_id = {PERSON}"  # noqa: S608
    ids = [server.value(rows, post=post, name=f"{name}fan{number}") for number in range(TIMES)]
    gone = [
        (one, f"/post/{reply}/delete", one.fill(f"/post/{reply}/menu", f"/post/{reply}/delete"))
        for one, reply in zip(people[: TIMES // 2], ids, strict=False)
    ]
    assert server.at_once([*gone, *forms[TIMES // 2 :]]) == [302] * TIMES
    assert server.value(replies, post=post) == TIMES // 2


def test_twenty_clicks_at_once_like_and_bookmark_once(server: LiveServer, own_name: Name):
    name = own_name("mo")
    post = publish(server.browser().join(name), name, "Look at this.")
    path, fan = f"/post/{post}", server.browser().join(f"{name}fan")
    like, keep = fan.fill(path, f"{path}/like"), fan.fill(path, f"{path}/bookmark")
    likes = "SELECT likes_count FROM post_count WHERE post_id = :post"
    for verb, form in (("like", like), ("bookmark", keep)):
        assert server.at_once([(fan, f"{path}/{verb}", form)] * TIMES) == [302] * TIMES
        rows = f'SELECT count(*) FROM "{verb}" WHERE post_id = :post'  # noqa: S608
        assert server.value(rows, post=post) == 1
    assert server.value(likes, post=post) == 1

    # Twenty others, of whom half take it back at once.
    people = [server.browser().join(f"{name}one{number}") for number in range(TIMES)]
    forms = [(one, f"{path}/like", one.fill(path, f"{path}/like")) for one in people]
    assert server.at_once(forms) == [302] * TIMES
    assert server.value(likes, post=post) == TIMES + 1
    group = "SELECT {} FROM notification_group WHERE post_id = :post AND name = 'like'"
    told = "SELECT {} FROM notification WHERE post_id = :post AND hidden_at IS NULL"
    for what, of in (("sum(count)", "count(*)"), ("max(newest_id)", "max(id)")):
        assert server.value(group.format(what), post=post) == server.value(
            told.format(of), post=post
        )
    back = [(one, f"{path}/unlike", form) for one, _, form in forms[: TIMES // 2]]
    assert server.at_once([*back, *forms[TIMES // 2 :]]) == [302] * TIMES
    assert server.value(likes, post=post) == TIMES // 2 + 1
    # The author was told of those that are left, together.
    assert server.value(group.format("sum(count)"), post=post) == TIMES // 2 + 1
    assert server.value(group.format("max(newest_id)"), post=post) == server.value(
        told.format("max(id)"), post=post
    )


PRIVACY = "/settings/privacy"
# An answer is kept for a day.
WAITING = (
    "SELECT count(*) FROM follow_request "  # noqa: S608
    f"WHERE answered_at IS NULL AND followed_id = {PERSON}"
)


def approve(browser: LiveBrowser, *, is_needed: bool) -> dict[str, str]:
    fields = browser.fill(PRIVACY)
    fields.pop("approves_followers", None)
    return fields | ({"approves_followers": "y"} if is_needed else {})


def test_a_request_is_asked_and_accepted_once_however_often(server: LiveServer, own_name: Name):
    name, fan = own_name("lena"), own_name("max")
    owner, browser = server.browser().join(name), server.browser().join(fan)
    assert owner.post(PRIVACY, approve(owner, is_needed=True)).status == 302
    fields = browser.fill(f"/user/{name}", f"/follow/{name}")
    assert server.at_once([(browser, f"/follow/{name}", fields)] * TIMES) == [302] * TIMES
    assert counters(server, name)["followers_count"] == 0
    assert server.value(WAITING, name=name) == 1

    path = f"/follow-requests/{fan}/accept"
    fields = owner.fill("/follow-requests", path)
    assert server.at_once([(owner, path, fields)] * TIMES) == [302] * TIMES
    assert server.value(WAITING, name=name) == 0
    assert counters(server, name)["followers_count"] == 1
    assert counters(server, fan)["following_count"] == 1
    told = f"SELECT name FROM notification WHERE user_id = {PERSON}"  # noqa: S608
    assert server.value(told, name=fan) == "follow_accepted"


def test_whoever_asks_while_approval_ends_follows_and_does_not_wait(
    server: LiveServer, own_name: Name
):
    name = own_name("nina")
    owner = server.browser().join(name)
    assert owner.post(PRIVACY, approve(owner, is_needed=True)).status == 302
    fans = [server.browser().join(f"{name}fan{number}") for number in range(TIMES - 1)]
    forms = [(fan, f"/follow/{name}", fan.fill(f"/user/{name}", f"/follow/{name}")) for fan in fans]
    forms.insert(TIMES // 2, (owner, PRIVACY, approve(owner, is_needed=False)))
    assert server.at_once(forms) == [302] * TIMES
    assert server.value(WAITING, name=name) == 0
    assert counters(server, name)["followers_count"] == TIMES - 1


def test_a_reply_written_while_its_parent_is_narrowed_is_never_wider(
    server: LiveServer, own_name: Name
):
    name, fan = own_name("olga"), own_name("paul")
    author, browser = server.browser().join(name), server.browser().join(fan)
    assert browser.send(f"/user/{name}", f"/follow/{name}").status == 302
    post = publish(author, name, "Where is it dry?")
    edit, reply = f"/post/{post}/edit", f"/post/{post}/reply"
    narrowed = author.fill(edit, visibility="followers")
    forms = [
        (browser, reply, browser.fill(reply, post=f"Here {number}")) for number in range(TIMES - 1)
    ]
    forms.insert(TIMES // 2, (author, edit, narrowed))
    statuses = server.at_once(forms)
    # Whoever asked for more than they may, by then, sees their words and the choice that is left.
    assert set(statuses) <= {302, 422}
    wider = """
        SELECT count(*) FROM post WHERE reply_to_id = :post AND visibility <> 'followers'
        AND id > (SELECT coalesce(max(id), 0) FROM post
                  WHERE reply_to_id = :post AND visibility = 'followers')
    """
    assert server.value(wider, post=post) == 0
    assert server.value("SELECT visibility FROM post WHERE id = :post", post=post) == "followers"
    count = "SELECT replies_count FROM post_count WHERE post_id = :post"
    replies = "SELECT count(*) FROM post WHERE reply_to_id = :post"
    assert server.value(count, post=post) == server.value(replies, post=post)
