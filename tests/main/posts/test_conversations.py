"""Muting a conversation, and who may reply in it."""

from __future__ import annotations

import pytest

from app import db
from app.services.posts import posts, reply_rules
from app.services.posts.composition import compose
from tests.support.factories import make_follow, make_post, make_user
from tests.support.pages import check_page, get_page, log_in, send, visitor


def mute(client, post, verb="mute"):
    return send(client, f"/post/{post.id}/menu", f"/post/{post.id}/{verb}")


def news_of(app, person):
    client = app.test_client()
    log_in(client, person)
    return get_page(client, "/notifications/all").text


def test_a_muted_conversation_is_silent_until_it_is_unmuted(app, client, ana, ben, cleo):
    first = make_post(ana, "Who comes along?")
    reply = make_post(ben, "I do.", reply_to=first)
    log_in(client, ana)
    # By any of its posts.
    assert mute(client, reply).status_code == 302
    page = get_page(client, f"/post/{first.id}")
    assert "You won't be notified about this conversation anymore." in page.text
    make_post(cleo, "Me too, says Cleo.", reply_to=first)
    make_post(ben, "With @ana then.", reply_to=reply)
    assert "Me too" not in news_of(app, ana) and "then." not in news_of(app, ana)
    # Other people and other conversations are as loud as before.
    assert "I do." in news_of(app, ana)
    make_post(cleo, "Hello @ana, elsewhere.")
    assert "elsewhere" in news_of(app, ana)

    assert "Unmute conversation" in get_page(client, f"/post/{first.id}/menu").text
    assert mute(client, first, "unmute").status_code == 302
    make_post(cleo, "And again, says Cleo.", reply_to=first)
    assert "And again" in news_of(app, ana)


def close(client, post, rule):
    return send(client, f"/post/{post.id}/replies-from", replies_from=rule)


@pytest.mark.parametrize(
    ("rule", "may"),
    [
        ("everyone", {"ben", "cleo", "dora"}),
        ("followed", {"ben"}),
        ("mentioned", {"cleo"}),
        ("nobody", set()),
    ],
)
def test_only_those_whom_the_author_names_reply(app, client, ana, ben, cleo, dora, rule, may):
    make_follow(ana, ben)
    first = make_post(ana, "What do you think, @cleo?")
    reply = make_post(ana, "More of it.", reply_to=first)
    log_in(client, ana)
    assert close(client, first, rule).status_code == 302
    for person in (ben, cleo, dora):
        other = app.test_client()
        log_in(other, person)
        for post in (first, reply):
            page = get_page(other, f"/post/{post.id}")
            assert bool(page.all("textarea")) is (person.username in may)
            answer = other.get(f"/post/{post.id}/reply")
            back = None if person.username in may else f"/post/{post.id}"
            assert answer.location == back
    # The author always may.
    assert get_page(client, f"/post/{reply.id}").all("textarea")


@pytest.fixture
def dora():
    return make_user("dora")


def test_words_stay_when_replies_are_closed_meanwhile(client, app, ana, ben):
    first = make_post(ana, "What do you think?")
    log_in(client, ben)
    fields = get_page(client, f"/post/{first.id}/reply").fields(f"/post/{first.id}/reply")
    reply_rules.change(first, "nobody")
    db.session.commit()
    answer = client.post(f"/post/{first.id}/reply", data=fields | {"post": "Long thoughts."})
    assert answer.status_code == 422
    check_page(answer)
    assert "Long thoughts." in answer.text
    assert "has limited who can reply" in answer.text


def test_the_page_says_who_can_reply(app, client, ana, ben):
    make_follow(ana, ben)
    first = make_post(ana, "What do you think?")
    log_in(client, ana)
    page = get_page(client, f"/post/{first.id}/replies-from")
    assert page.fields(f"/post/{first.id}/replies-from")["replies_from"] == "everyone"
    close(client, first, "followed")
    assert "People Ana Duarte follows can reply." in get_page(client, f"/post/{first.id}").text
    close(client, first, "nobody")
    log_in(client, ben)
    assert "Replies are closed." in get_page(client, f"/post/{first.id}").text
    assert "Replies are closed." not in get_page(visitor(app), f"/post/{first.id}").text


def test_only_the_first_post_says_who_can_reply(client, ana, ben):
    first = make_post(ben)
    reply = make_post(ana, reply_to=first)
    log_in(client, ana)
    get_page(client, f"/post/{reply.id}/replies-from", 404)
    get_page(client, f"/post/{first.id}/replies-from", 403)
    assert close(client, make_post(ana, "Mine"), "strangers").status_code == 422


def test_where_the_first_post_was_erased_everybody_may_reply(ana, ben):
    first = make_post(ana)
    reply = make_post(ben, reply_to=first)
    reply_rules.change(first, "nobody")
    db.session.commit()
    assert not reply_rules.may_reply(ben, reply)
    db.session.delete(first)
    db.session.commit()
    db.session.refresh(reply)
    assert reply_rules.may_reply(ben, reply)
    assert posts.publish_new(ben, compose("Still here."), reply)
