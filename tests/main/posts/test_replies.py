"""Replying to a post, and the thread on its page."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import db
from app.models import Post, User
from app.services.community import blocks, mutes
from app.services.posts import posts
from tests.support.factories import make_follow, make_post, make_user
from tests.support.pages import check_page, get_page, log_in, send, visitor

FIRST, ANSWER = "Where is it dry today?", "The north bank is."


def bodies(client: FlaskClient, path: str) -> list[str]:
    """What the posts on a page say, in order."""
    proses = get_page(client, path).all("*", class_="prose")
    return ["".join(prose.itertext()).strip() for prose in proses]


@pytest.fixture
def question(ana: User) -> Post:
    return make_post(ana, FIRST)


@pytest.fixture
def member(client: FlaskClient, ben: User) -> FlaskClient:
    log_in(client, ben)
    return client


def test_somebody_replies_on_the_page_of_a_post(member, ben, question):
    page = get_page(member, f"/post/{question.id}")
    assert "Write your reply" in page.response.text
    response = member.post(
        f"/post/{question.id}/reply",
        data=page.fields(f"/post/{question.id}/reply") | {"post": ANSWER},
    )
    reply = db.session.scalars(Post.replied_by(ben, ben)).one()
    assert response.location == f"/post/{reply.id}"
    page = get_page(member, response.location)
    assert "Reply posted." in page.text
    assert bodies(member, response.location) == [FIRST, ANSWER]
    assert "Replying to @ana" in page.text
    page = get_page(member, f"/post/{question.id}")
    assert bodies(member, f"/post/{question.id}") == [FIRST, ANSWER]
    assert "1 reply" in page.text


def test_the_button_of_a_card_leads_to_a_page_to_reply_on(member, question):
    (link,) = get_page(member, "/explore").all("a", class_="act-reply")
    assert (link.get("href"), link.get("aria-label")) == (
        f"/post/{question.id}/reply",
        "Reply",
    )
    page = get_page(member, str(link.get("href")))
    assert FIRST in page.text
    sent = send(member, str(link.get("href")), post=ANSWER)
    assert sent.status_code == 302
    (link, *_) = get_page(member, f"/post/{question.id}").all("a", class_="act-reply")
    assert link.get("aria-label") == "1 reply, write one"
    assert link.text.strip() == "1"


def test_a_form_that_is_sent_twice_replies_once(member, ben, question):
    path = f"/post/{question.id}/reply"
    fields = get_page(member, path).fields(path) | {"post": ANSWER}
    first, second = (member.post(path, data=fields) for _ in range(2))
    assert first.location == second.location
    assert ben.posts_count == 1


@pytest.mark.parametrize("words", ["", "  ", "x" * 281])
def test_a_reply_that_is_refused_keeps_its_words(member, ben, question, words):
    path = f"/post/{question.id}/reply"
    response = send(member, path, post=words)
    assert response.status_code == 422
    assert check_page(response).fields(path)["post"] == words.strip()
    assert ben.posts_count == 0


def test_nobody_replies_to_what_they_may_not_read(member, ana, ben, question):
    path = f"/post/{question.id}/reply"
    fields = get_page(member, path).fields(path) | {"post": ANSWER}
    blocks.block(ana, ben)
    db.session.commit()
    assert member.get(path).status_code == 404
    assert member.post(path, data=fields).status_code == 404
    blocks.unblock(ana, ben)
    posts.delete(question)
    db.session.commit()
    assert member.post(path, data=fields).status_code == 404


def test_visitors_read_threads_and_sign_in_to_reply(app: Flask, ben, question):
    reply = make_post(ben, ANSWER, reply_to=question)
    client = visitor(app)
    page = get_page(client, f"/post/{question.id}")
    assert bodies(client, f"/post/{question.id}") == [FIRST, ANSWER]
    assert not page.all("form", action=f"/post/{question.id}/reply")
    (link,) = get_page(client, "/explore").all("a", class_="act-reply")
    assert link.get("href") == f"/post/{question.id}#replies"
    assert "/auth/login" in client.get(f"/post/{reply.id}/reply").location


def test_lists_of_everybody_show_no_replies_to_others_and_profiles_have_a_tab(member, ana, ben):
    first = make_post(ana, "First")
    make_post(ana, "Second", reply_to=first)
    make_post(ben, "To ana", reply_to=first)
    for path in ("/explore", "/user/ana"):
        assert bodies(member, path) == ["Second", "First"]
    assert bodies(member, "/user/ben") == []
    assert bodies(member, "/user/ben/replies") == ["To ana"]
    page = get_page(member, "/user/ana/replies")
    assert "No replies yet" in page.text
    assert "More of a thread" in get_page(member, "/explore").text
    assert "Second" in member.get("/explore/feed.atom").text
    assert "To ana" not in member.get("/user/ben/feed.atom").text


def test_home_shows_replies_among_those_one_follows_and_ones_own(member, ana, ben, cleo):
    dora = make_user("dora")
    for person in (ana, cleo):
        make_follow(ben, person)
    first, other = make_post(ana, "First"), make_post(dora, "Other")
    make_post(cleo, "Among friends", reply_to=first)
    make_post(cleo, "To a stranger", reply_to=other)
    make_post(dora, "Of a stranger", reply_to=first)
    make_post(ben, "Mine", reply_to=other)
    assert bodies(member, "/index") == ["Mine", "Among friends", "First"]


def test_a_deleted_post_leaves_its_place_to_its_replies(app, member, ana, ben, cleo, question):
    reply = make_post(ben, ANSWER, reply_to=question)
    posts.delete(question)
    db.session.commit()
    page = get_page(member, f"/post/{question.id}", 410)
    assert "This post was deleted." in page.text
    assert FIRST not in page.text and ANSWER in page.text
    assert "This post was deleted." in get_page(member, f"/post/{reply.id}").text
    author = app.test_client()
    log_in(author, ana)
    assert "You deleted this" in get_page(author, f"/post/{question.id}", 410).text
    posts.delete(reply)
    db.session.commit()
    log_in(member, cleo)
    get_page(member, f"/post/{question.id}", 404)


def test_more_replies_than_fit_are_on_the_next_page(app, member, ana, question):
    app.config["POSTS_PER_PAGE"] = 2
    for word in ("a", "b", "c"):
        make_post(ana, word, reply_to=question)
    page = get_page(member, f"/post/{question.id}")
    assert bodies(member, f"/post/{question.id}") == [FIRST, "a", "b"]
    (more,) = [link for link in page.all("a") if link.text == "Show more replies"]
    assert bodies(member, str(more.get("href"))) == [FIRST, "c"]
    last = get_page(member, f"/post/{question.id}?after=999999")
    assert "There are no more replies." in last.text
    get_page(member, f"/post/{question.id}?after=x", 404)


def test_somebody_is_told_of_a_reply(app, member, ana, ben, question):
    make_post(ben, ANSWER, reply_to=question)
    author = app.test_client()
    log_in(author, ana)
    page = get_page(author, "/notifications/all/replies")
    assert "Ben Ortega replied to you" in page.text and ANSWER in page.text


def test_the_name_of_whom_a_reply_answers_is_not_shown_across_a_block(app, ana, ben, cleo):
    make_post(ben, ANSWER, reply_to=make_post(ana, FIRST))
    client = app.test_client()
    log_in(client, cleo)
    assert "Replying to @ana" in get_page(client, "/user/ben/replies").text
    blocks.block(ana, cleo)
    db.session.commit()
    page = get_page(client, "/user/ben/replies")
    assert "A reply" in page.text and "ana" not in page.text


def test_what_the_muted_write_is_folded_in_a_thread(app, ana, ben, cleo, question):
    reply = make_post(ben, ANSWER, reply_to=question)
    make_post(cleo, "Thanks", reply_to=reply)
    client = app.test_client()
    log_in(client, ana)
    assert not get_page(client, f"/post/{question.id}").all("details", class_="fold")
    mutes.mute(ana, ben)
    db.session.commit()
    (fold,) = get_page(client, f"/post/{question.id}").all("details", class_="fold")
    words = "".join(fold.itertext())
    assert "You muted Ben Ortega" in words and ANSWER in words
    # On its own page nothing is folded: whoever opens it wants to read it.
    assert not get_page(client, f"/post/{reply.id}").all("details", class_="fold")


def test_a_reply_to_what_was_erased_leads_to_the_start_of_its_thread(client, ana, ben):
    first = make_post(ana, "The start")
    middle = make_post(ben, "In the middle", reply_to=first)
    last = make_post(ana, "The end", reply_to=middle)
    db.session.delete(middle)
    db.session.commit()
    page = get_page(client, f"/post/{last.id}")
    assert "This post was deleted." in page.text
    (link,) = [link for link in page.all("a") if link.text == "Show earlier posts"]
    assert link.get("href") == f"/post/{first.id}"


def test_posts_that_cannot_be_read_take_one_place_and_hide_nothing_above(client, ana, ben, cleo):
    parent = make_post(ana, "The start")
    for _ in range(21):
        parent = make_post(ben, "Hidden", reply_to=parent)
    last = make_post(ana, "The end", reply_to=parent)
    blocks.block(cleo, ben)
    db.session.commit()
    log_in(client, cleo)
    page = get_page(client, f"/post/{last.id}")
    assert "The start" in page.text and "You can't see 21 posts here." in page.text
    assert not [link for link in page.all("a") if link.text == "Show earlier posts"]
