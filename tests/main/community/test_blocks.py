"""Blocking through the pages: the buttons, the list, its file."""

from __future__ import annotations

from io import BytesIO

import pytest

from app import db
from app.models import Message, Notification
from app.services.accounts import accounts
from app.services.community import blocks
from app.services.posts import posts
from app.services.posts.composition import compose
from tests.support.factories import make_follow, make_message, make_post, make_user
from tests.support.pages import check_page, get_page, log_in, send

IMPORT = "/settings/blocks/import"


def block(*pair) -> None:
    blocks.block(*pair)
    db.session.commit()


def test_blocking_from_a_profile_can_be_undone(client, ana, ben):
    make_follow(ana, ben)
    make_follow(ben, ana)
    log_in(client, ana)
    fields = get_page(client, "/user/ben").fields("/user/ben/mute")
    response = client.post("/user/ben/block", data=fields)
    assert response.location == "/user/ben"
    page = get_page(client, "/user/ben")
    assert "You blocked Ben Ortega. You no longer see each other." in page.text
    # The button on what is left of the profile, and Undo in the notice.
    assert len(page.all("form", action="/user/ben/unblock")) == 2
    client.post("/user/ben/unblock", data=page.fields("/user/ben/unblock"))
    page = get_page(client, "/user/ben")
    assert "You unblocked Ben Ortega." in page.text
    assert page.all("form", action="/unfollow/ben")
    assert "Follows you" in page.text


def test_blocking_from_a_list_leads_back_to_the_list(client, ana, ben):
    post = make_post(ben)
    log_in(client, ana)
    page = get_page(client, "/user/ben/mute", headers={"Referer": "http://localhost/explore"})
    fields = page.fields("/user/ben/block")
    assert client.post("/user/ben/block", data=fields).location == "/explore"
    assert "You blocked Ben Ortega." in get_page(client, "/explore").text
    # The post's own page is gone.
    fields["next"] = f"/post/{post.id}"
    send_again = client.post("/user/ben/unblock", data=fields)
    assert send_again.location == f"/post/{post.id}"
    assert client.post("/user/ben/block", data=fields).location == "/user/ben"


def test_one_page_says_who_is_blocked_and_others_do_not_know_them(client, ana, ben):
    block(ana, ben)
    log_in(client, ana)
    page = get_page(client, "/user/ben")
    assert "so you don't see each other. Visitors can still read public posts" in page.text
    for path in ("/followers", "/following", "/popup", "/mute"):
        assert client.get(f"/user/ben{path}").status_code == 404
    log_in(client, ben)
    for path in ("", "/followers", "/popup", "/mute"):
        assert client.get(f"/user/ana{path}").status_code == 404


def test_on_a_closed_site_the_page_says_nothing_of_visitors(app, client, ana, ben):
    app.config["PUBLIC_READING"] = False
    block(ana, ben)
    log_in(client, ana)
    assert "Visitors" not in get_page(client, "/user/ben").text


def test_visitors_still_read_the_blocked(client, ana, ben):
    block(ana, ben)
    make_post(ben, "From Ben")
    assert "From Ben" in get_page(client, "/user/ben").text
    assert "From Ben" in client.get("/explore/feed.atom").text


def test_nobody_can_block_themselves(client, ana):
    log_in(client, ana)
    assert not get_page(client, "/user/ana").all("form", action="/user/ana/mute")
    fields = get_page(client, "/index").fields("/auth/logout")
    assert client.post("/user/ana/block", data=fields).location == "/user/ana"
    assert "You can't block or mute yourself." in get_page(client, "/user/ana").text


def test_a_removed_follower_may_follow_again(client, ana, ben):
    make_follow(ben, ana)
    log_in(client, ana)
    page = get_page(client, "/user/ben")
    fields = page.fields("/user/ben/mute")
    assert "Remove this follower" in page.text
    client.post("/user/ben/remove-follower", data=fields)
    page = get_page(client, "/user/ben")
    assert "Ben Ortega no longer follows you." in page.text
    assert "Remove this follower" not in page.text
    client.post("/user/ben/remove-follower", data=fields)
    assert "no longer follows" not in get_page(client, "/user/ben").text
    log_in(client, ben)
    assert send(client, "/user/ana", "/follow/ana").status_code == 302


def test_the_name_of_somebody_who_blocks_the_author_stays_plain(client, ana, ben):
    block(ana, ben)
    post = make_post(ben, "Thanks to @ana and @ben")
    assert '<a class="mention" href="/user/ana">' not in post.html
    assert '<a class="mention" href="/user/ben">' in post.html
    assert db.session.query(Notification).count() == 0
    # Neither does editing an older post find her.
    dan = make_user("dan")
    older = make_post(dan, "Hello @ana")
    assert "/user/ana" in older.html
    block(ana, dan)
    posts.edit(older, compose("Hello again @ana"))
    assert "/user/ana" not in older.html


def test_a_new_name_does_not_reach_the_posts_of_the_blocked(client, ana, ben, cleo):
    his, hers = make_post(ben, "Thanks @ana"), make_post(cleo, "Thanks @ana")
    block(ana, ben)
    accounts.rename(ana, "anita")
    db.session.commit()
    for post in (his, hers):
        db.session.refresh(post)
    assert his.html == "<p>Thanks @ana</p>"
    assert '<a class="mention" href="/user/anita">@ana</a>' in hers.html


def test_messages_stay_readable_and_nobody_writes_on(client, ana, ben):
    make_message(ben, ana, "Before the block")
    block(ana, ben)
    for person, other in ((ana, ben), (ben, ana)):
        log_in(client, person)
        page = get_page(client, f"/messages/{other.username}")
        assert "Before the block" in page.text
        assert not page.all("form", action=f"/send_message/{other.username}")
        fields = get_page(client, "/index").fields("/auth/logout") | {"message": "On"}
        response = client.post(f"/send_message/{other.username}", data=fields)
        assert "Your message wasn't sent." in check_page(response).text
    assert db.session.query(Message).count() == 1
    # Where they have not written, the other one is nobody.
    block(ana, make_user("dan"))
    log_in(client, ana)
    assert client.get("/messages/dan").status_code == 404


def test_the_list_says_since_when_and_has_a_button_for_each(client, ana, ben, cleo):
    log_in(client, ana)
    assert "You haven't blocked anyone." in get_page(client, "/settings/blocks").text
    block(ana, ben)
    block(ana, cleo)
    page = get_page(client, "/settings/blocks")
    assert "Blocked · 2" in page.text
    assert "@ben · Since" in page.text
    fields = page.fields("/settings/blocks")
    response = client.post("/user/ben/unblock", data=fields)
    assert response.location == "/settings/blocks"
    page = get_page(client, "/settings/blocks")
    assert "You unblocked Ben Ortega." in page.text
    assert "@ben ·" not in page.text


def test_a_list_can_be_taken_elsewhere_and_back(client, ana, ben, cleo):
    block(ana, ben)
    block(ana, cleo)
    log_in(client, ana)
    response = client.get("/settings/blocks/export.csv")
    assert response.mimetype == "text/csv"
    assert "attachment" in response.headers["Content-Disposition"]
    assert response.text == "username\r\nben\r\ncleo\r\n"
    for person in (ben, cleo):
        blocks.unblock(ana, person)
    db.session.commit()
    upload(client, response.data + b"nobody\r\nana\r\n")
    page = get_page(client, "/settings/blocks")
    assert "You blocked 2 more people." in page.text
    assert "Blocked · 2" in page.text
    upload(client, response.data)
    assert "You already block everyone in this file" in get_page(client, "/settings/blocks").text


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "Choose a CSV file with one username per line."),
        (b"\xff\xfe\x00", "Choose a CSV file with one username per line."),
        (b"a\0b", "Choose a CSV file with one username per line."),
        (b"".join(b"name%d\n" % n for n in range(1001)), "can have up to 1,000 names"),
    ],
)
def test_files_that_are_no_lists_are_refused(client, ana, data, problem):
    log_in(client, ana)
    response = upload(client, data)
    assert response.status_code == 422
    assert problem in check_page(response).text
    assert blocks.count(ana) == 0


def upload(client, data: bytes):
    fields = get_page(client, "/settings/blocks").fields(IMPORT)
    file = (BytesIO(data), "blocked.csv")
    return client.post(IMPORT, data={**fields, "file": file}, content_type="multipart/form-data")
