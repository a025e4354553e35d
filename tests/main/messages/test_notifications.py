"""Notifications: who is told of what, the page, and what scripts ask for."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import db
from app.database.cursor import Cursor
from app.lib.dates import utcnow
from app.models import Notification, Post, User
from app.services.accounts import accounts
from app.services.community import follows
from app.services.messages import mails, messages, notifications
from app.services.messages.updates import updates_of
from app.services.posts import likes, posts
from app.services.posts.composition import compose_in
from tests.main.messages.test_messages import badge
from tests.support.factories import PASSWORD, make_message, make_post, make_user
from tests.support.pages import counted_statements, get_page, log_in, send

POLL, ALL, READ = "/notifications", "/notifications/all", "/notifications/read"
COUNT = "unread_notification_count"


def told(user: User) -> list[tuple[str, int | None]]:
    rows = sa.select(Notification.name, Notification.post_id).where(Notification.user_id == user.id)
    return [tuple(row) for row in db.session.execute(rows.order_by(Notification.id))]


def follow(follower: User, followed: User) -> None:
    follows.follow(follower, followed)
    db.session.commit()


def test_a_follower_is_told_once_a_day_however_often_they_change_their_mind(app, client, ana, ben):
    log_in(client, ana)
    send(client, "/user/ben", "/follow/ben")
    send(client, "/user/ben", "/unfollow/ben")
    send(client, "/user/ben", "/follow/ben")
    assert told(ben) == [("follow", None)]
    yesterday = utcnow() - timedelta(days=1, minutes=1)
    db.session.execute(sa.update(Notification).values(created_at=yesterday))
    send(client, "/user/ben", "/unfollow/ben")
    send(client, "/user/ben", "/follow/ben")
    assert told(ben) == [("follow", None)] * 2
    other = app.test_client()
    log_in(other, ben)
    page = get_page(other, ALL)
    assert "Ana Duarte followed you" in page.text
    assert page.all("a", class_="item", href="/user/ana")
    assert badge(page, COUNT) == "2"


def test_a_mention_is_told_once_also_when_it_comes_with_an_edit(client, ana, ben, cleo):
    log_in(client, ana)
    send(client, "/index", post="Ask @ben, @BEN and @nobody, not @ana.")
    post = posts.page(sa.select(posts.Post), Cursor(1))[0]
    assert told(ben) == [("mention", post.id)]
    assert told(ana) == []
    edit = f"/post/{post.id}/edit"
    send(client, edit, post="Ask @ben or @cleo.")
    send(client, edit, post="Ask @cleo or @ben!")
    assert told(ben) == told(cleo) == [("mention", post.id)]


def test_ten_people_are_told_of_a_post_over_all_its_versions(ana):
    people = [make_user(f"friend{number}") for number in range(13)]
    names = [f"@friend{number}" for number in range(13)]
    post = make_post(ana, " ".join(names[:9]))
    posts.edit(post, compose_in(None, " ".join(names)))
    db.session.commit()
    assert [len(told(person)) for person in people] == [1] * 10 + [0] * 3
    posts.edit(post, compose_in(None, " ".join(reversed(names))))
    db.session.commit()
    assert sum(len(told(person)) for person in people) == 10


def test_the_same_post_sent_twice_tells_once(client, ana, ben):
    log_in(client, ana)
    fields = get_page(client, "/index").fields("/index") | {"post": "Hello @ben"}
    for _ in range(2):
        client.post("/index", data=fields)
    assert len(told(ben)) == 1


def test_whoever_left_is_not_told(ana, ben):
    accounts.close(ben)
    make_post(ana, "Goodbye @ben")
    assert told(ben) == []


def test_a_mention_shows_the_post_while_one_may_see_it(client, ana, ben):
    post = make_post(ana, "The bakery of @ben opens again.")
    log_in(client, ben)
    page = get_page(client, ALL)
    assert "Ana Duarte mentioned you" in page.text and "The bakery" in page.text
    assert page.all("a", class_="item", href=f"/post/{post.id}")
    posts.delete(post)
    db.session.commit()
    page = get_page(client, ALL)
    assert "in a post that's gone" in page.text and "The bakery" not in page.text
    accounts.close(ana)
    db.session.commit()
    page = get_page(client, ALL)
    assert "Former member" in page.text and "Ana" not in page.text


def test_a_follower_who_left_is_not_named(client, ana, ben):
    follow(ana, ben)
    accounts.close(ana)
    db.session.commit()
    log_in(client, ben)
    page = get_page(client, ALL)
    assert "Former member followed you" in page.text
    assert not page.all("a", href="/user/ana")


@pytest.mark.parametrize(
    ("event", "sentence", "leads_to"),
    [
        ("password_changed", "Your password was changed", "/settings/password"),
        ("email_changed", "Your email address was changed", "/settings/account"),
        ("new_device", "A new device signed in to your account", "/settings/sessions"),
    ],
)
def test_what_touches_the_account_is_told_where_it_is_mailed(
    client, ana, event, sentence, leads_to
):
    mails.queue(event, ana, device="Firefox <b>on</b> Linux", network="192.0.2.0/24")
    log_in(client, ana)
    page = get_page(client, ALL + "/security")
    assert sentence in page.text
    assert "Firefox <b>on</b> Linux · 192.0.2.0/24" in page.text
    assert page.all("a", class_="item", href=leads_to)


def test_an_event_that_this_version_does_not_know_has_no_words(client, ana):
    for name, event in (("security", "phone_changed"), ("export", "paused")):
        payload = {"event": event}
        db.session.add(Notification(name=name, user_id=ana.id, payload=payload, read_at=utcnow()))
    db.session.commit()
    log_in(client, ana)
    assert not get_page(client, ALL).all("span", class_="item__text")


def test_other_mails_are_no_notifications(ana):
    mails.queue("username_changed", ana, username="anita")
    assert told(ana) == []


def test_a_changed_password_is_told(client, ana):
    log_in(client, ana)
    new = "another 9 quiet afternoons"
    values = {"old_password": PASSWORD, "password": new, "password2": new}
    assert send(client, "/settings/password", **values).status_code == 302
    assert ("security", None) in told(ana)


def test_the_page_filters_by_kind(client, ana, ben):
    follow(ana, ben)
    make_post(ana, "Hello @ben")
    mails.queue("password_changed", ben)
    log_in(client, ben)
    shown = {
        kind: len(get_page(client, ALL + kind).all("li", class_="notification"))
        for kind in ("", "/mentions", "/follows", "/security")
    }
    assert shown == {"": 3, "/mentions": 1, "/follows": 1, "/security": 1}
    get_page(client, ALL + "/export", status=404)


def test_pages_lead_on_and_keep_their_filter(app, client, ana):
    app.config["POSTS_PER_PAGE"] = 2
    for number in range(3):
        follow(make_user(f"friend{number}"), ana)
    log_in(client, ana)
    page = get_page(client, ALL + "/follows")
    older = page.root.find(".//a[@rel='next']").get("href")
    assert older.startswith(ALL + "/follows?before=")
    page = get_page(client, older)
    assert "friend0 followed you" in page.text
    page = get_page(client, page.root.find(".//a[@rel='prev']").get("href"))
    assert "friend2 followed you" in page.text


def test_an_empty_page_says_what_will_be_there(client, ana):
    log_in(client, ana)
    page = get_page(client, ALL)
    assert "Nothing new" in page.text
    assert badge(page, COUNT) is None


def test_reading_marks_nothing_and_the_button_marks_what_the_page_showed(client, ana, ben, cleo):
    follow(ben, ana)
    log_in(client, ana)
    fields = get_page(client, ALL).fields(READ)
    follow(cleo, ana)
    assert client.post(READ, data=fields).location == ALL
    page = get_page(client, ALL)
    assert badge(page, COUNT) == "1"
    assert len(page.all("div", class_="item--new")) + len(page.all("a", class_="item--new")) == 1
    send(client, ALL, READ)
    page = get_page(client, ALL)
    assert badge(page, COUNT) is None
    assert not page.all("form", action=READ)


def test_one_marks_only_what_is_ones_own(app, client, ana, ben, cleo):
    follow(cleo, ana)
    follow(cleo, ben)
    log_in(client, ana)
    send(client, ALL, READ, up_to=str(2**62))
    read = sa.select(Notification.user_id).where(Notification.read_at.is_not(None))
    assert db.session.scalars(read).all() == [ana.id]


def test_scripts_learn_what_is_new_since_they_asked(client, ana, ben):
    log_in(client, ana)
    assert client.get(POLL).json == []
    make_message(ben, ana)
    follow(ben, ana)
    first, second = client.get(POLL + "?since=0").json
    assert (first["name"], first["data"]) == ("unread_message_count", 1)
    assert (second["name"], second["data"]) == (COUNT, 1)
    assert first["timestamp"] < second["timestamp"]
    assert set(first) == {"name", "data", "timestamp"}
    assert client.get(f"{POLL}?since={first['timestamp']}").json == [second]
    assert client.get(f"{POLL}?since={second['timestamp']}").json == []
    send(client, "/messages/ben", "/messages/ben/read")
    (item,) = client.get(f"{POLL}?since={second['timestamp']}").json
    assert (item["name"], item["data"]) == ("unread_message_count", 0)
    send(client, ALL, READ)
    (item,) = client.get(f"{POLL}?since={item['timestamp']}").json
    assert (item["name"], item["data"]) == (COUNT, 0)


def test_asking_is_cheap_and_says_when_nothing_changed(client, ana, ben):
    make_message(ben, ana)
    log_in(client, ana)
    with counted_statements() as ran:
        answer = client.get(POLL, headers={"X-Poll": "1"})
    assert len(ran) == 2 and all(sql.startswith("SELECT") for sql in ran), ran
    assert "public" not in answer.headers["Cache-Control"]
    headers = {"X-Poll": "1", "If-None-Match": answer.headers["ETag"]}
    same = client.get(POLL, headers=headers)
    assert (same.status_code, same.data) == (304, b"")
    make_message(ben, ana)
    assert client.get(POLL, headers=headers).status_code == 200


@pytest.mark.parametrize("since", ["nan", "inf", "-inf", "x", "", "1,5", "1e999", "%F0%9F%99%82"])
def test_a_wrong_moment_is_refused(client, ana, since):
    log_in(client, ana)
    assert client.get(f"{POLL}?since={since}").status_code == 400


@pytest.mark.parametrize("since", ["-1", "1e300", "0.0", " 1 "])
def test_an_odd_moment_is_a_moment(client, ana, since):
    log_in(client, ana)
    assert client.get(POLL, query_string={"since": since}).json == []


def test_what_was_told_90_days_ago_is_forgotten(ana, ben, cleo):
    follow(ben, ana)
    long_ago = utcnow() - timedelta(days=90, minutes=1)
    db.session.execute(sa.update(Notification).values(created_at=long_ago))
    follow(cleo, ana)
    assert notifications.purge() == 1
    db.session.commit()
    assert len(told(ana)) == 1


def test_the_counts_of_the_navigation_are_one_statement(ana, ben):
    messages.send(ben, ana, "Hello")
    follow(ben, ana)
    with counted_statements() as ran:
        counts = updates_of(ana)
    assert len(ran) == 1
    assert (counts.messages, counts.notifications) == (1, 1)


def test_what_a_page_has_shown_is_read_and_nothing_else(app, client, ana, ben, cleo):
    app.config["POSTS_PER_PAGE"] = 2
    for person in (ben, cleo):
        follow(person, ana)
    mention = make_post(ben, "Ask @ana.")
    follow(make_user("dora"), ana)
    log_in(client, ana)

    def see(url: str) -> None:
        fields = get_page(client, url).fields(READ)
        assert "all" not in fields
        assert client.post(READ, data=fields).status_code == 302

    def unread() -> list[tuple[str, int | None]]:
        rows = sa.select(Notification.name, Notification.post_id).order_by(Notification.id)
        return [
            tuple(row) for row in db.session.execute(rows.where(Notification.read_at.is_(None)))
        ]

    see(f"{ALL}/mentions")
    assert unread() == [("follow", None)] * 3
    see(ALL)
    assert unread() == [("follow", None)] * 2
    assert "Mark all as read" not in get_page(client, ALL).text
    assert mention.id
    fields = get_page(client, f"{ALL}?page=2").fields(READ)
    assert client.post(READ, data=fields | {"kind": "nothing"}).status_code == 422
    assert client.post(READ, data=fields | {"down_to": "x"}).status_code == 422
    assert client.post(READ, data=fields | {"all": "1"}).status_code == 302
    assert unread() == []


def test_whoever_follows_can_be_followed_back_where_one_reads_of_it(client, ana, ben, cleo):
    follow(ben, ana)
    follow(cleo, ana)
    follow(ana, cleo)
    log_in(client, ana)
    for path in (ALL, ALL + "/follows"):
        page = get_page(client, path)
        assert page.fields("/follow/ben")["next"] == path
        assert page.form("/unfollow/cleo") is not None
        (button,) = [one for one in page.all("button") if one.text == "Follow back"]
        assert button.get("aria-label") == f"Follow back: {ben.name}"
    assert send(client, ALL, "/follow/ben").location == ALL
    page = get_page(client, ALL)
    assert page.form("/unfollow/ben") is not None and "Follow back" not in page.text


def test_more_followers_cost_no_more_statements(client, ana):
    counts = []
    log_in(client, ana)
    for _ in range(2):
        for _ in range(5):
            follow(make_user(), ana)
        counts.append(len(get_page(client, ALL).statements))
    assert counts[0] == counts[1] <= 6


def test_nobody_who_left_can_be_followed_back(client, ana, ben):
    follow(ben, ana)
    accounts.close(ben)
    db.session.commit()
    log_in(client, ana)
    assert not get_page(client, ALL).all("form", action="/follow/ben")


def like_all(post: Post, people: list[User]) -> None:
    for person in people:
        likes.like(person, post)
    db.session.commit()


def test_likes_of_a_post_stand_in_one_row_with_faces(client, ana, ben, cleo):
    post = make_post(ana, "Bread at nine")
    people = [ben, cleo, *(make_user(f"friend{number}") for number in range(5))]
    like_all(post, people[:1])
    log_in(client, ana)
    page = get_page(client, ALL)
    assert "Ben Ortega liked your post" in page.text and "Bread at nine" in page.text
    assert page.all("a", class_="item", href=f"/post/{post.id}")
    like_all(post, people[1:2])
    page = get_page(client, ALL)
    assert "cleo and Ben Ortega liked your post" in page.text
    assert page.all("a", class_="item", href=f"/post/{post.id}/likes")
    like_all(post, people[2:])
    page = get_page(client, f"{ALL}/likes")
    (row,) = page.all("li", class_="notification")
    assert "friend4, friend3, and 5 others liked your post" in page.text
    assert len(row.findall(".//img")) == 5
    assert badge(page, COUNT) == "1"
    assert "Nothing new" in get_page(client, f"{ALL}/follows").text


def test_marking_as_read_reads_the_whole_group_until_the_next_like(client, ana, ben, cleo):
    post = make_post(ana)
    like_all(post, [ben, cleo])
    log_in(client, ana)
    page = get_page(client, ALL)
    (newest,) = page.all("input", name="up_to")
    send(client, ALL, READ, up_to=newest.get("value"), down_to=newest.get("value"))
    page = get_page(client, ALL)
    assert badge(page, COUNT) is None and "(new)" not in page.text
    like_all(post, [make_user("dora")])
    page = get_page(client, ALL)
    assert badge(page, COUNT) == "1" and "dora, cleo, and 1 other" in page.text


def test_a_page_of_groups_takes_as_many_statements_as_one(client, ana, ben, cleo):
    log_in(client, ana)
    like_all(make_post(ana), [ben, cleo])
    with counted_statements() as few:
        get_page(client, ALL)
    for _ in range(8):
        like_all(make_post(ana), [ben, cleo])
    with counted_statements() as many:
        get_page(client, ALL)
    assert len(many) == len(few)
