"""Likes, bookmarks, pins, and whose conversation it is, by the API."""

from __future__ import annotations

import pytest

from app import db
from app.services.community import blocks
from app.services.posts import reply_rules
from tests.support.factories import make_follow, make_post


@pytest.fixture
def post(ben):
    return make_post(ben, "Bread at nine.")


def ids(answer):
    return [item["id"] for item in answer.json["items"]]


@pytest.mark.parametrize(("act", "field"), [("like", "is_liked"), ("bookmark", "is_bookmarked")])
def test_a_post_is_marked_listed_and_let_go(program_of, ana, post, act, field):
    program = program_of(ana)
    for verb, is_marked in (("PUT", True), ("DELETE", False)):
        for _ in range(2):
            assert program.call(verb, f"/posts/{post.id}/{act}").status_code == 204
            assert program.get(f"/posts/{post.id}").json[field] is is_marked
            assert ids(program.get(f"/{act}s")) == ([post.id] if is_marked else [])


def test_likes_are_counted_and_say_who_gave_them(program_of, ana, ben, cleo, post):
    for person in (ana, cleo):
        program_of(person).put(f"/posts/{post.id}/like")
    program = program_of(ben)
    assert program.get(f"/posts/{post.id}").json["likes_count"] == 2
    people = program.get(f"/posts/{post.id}/likes").json["items"]
    assert [one["username"] for one in people] == ["cleo", "ana"]
    assert program.put(f"/posts/{post.id}/like").status_code == 403
    # Nobody is told what others bookmark.
    program_of(ana).put(f"/posts/{post.id}/bookmark")
    assert program.get(f"/posts/{post.id}").json["is_bookmarked"] is False
    assert ids(program.get("/bookmarks")) == []


def test_pages_of_marked_posts_lead_on(program_of, ana, ben):
    written = [make_post(ben, f"Number {number}") for number in range(5)]
    program = program_of(ana)
    for post in written:
        program.put(f"/posts/{post.id}/bookmark")
    seen, path = [], "/bookmarks?per_page=2"
    while path:
        answer = program.get(path)
        seen += ids(answer)
        path = (answer.json["_links"]["next"] or "").removeprefix("/api")
    assert seen == [post.id for post in reversed(written)]


def test_a_sixth_pin_is_a_conflict(program_of, ana, ben):
    program = program_of(ana)
    written = [make_post(ana, f"Number {number}") for number in range(6)]
    statuses = [program.put(f"/posts/{post.id}/pin").status_code for post in written]
    assert statuses == [204] * 5 + [409]
    assert program.get(f"/posts/{written[0].id}").json["is_pinned"] is True
    assert program.delete(f"/posts/{written[0].id}/pin").status_code == 204
    assert program.get(f"/posts/{written[0].id}").json["is_pinned"] is False
    reply = make_post(ana, reply_to=make_post(ben))
    assert program.put(f"/posts/{reply.id}/pin").status_code == 403


def test_who_may_reply_holds_for_programs(program_of, ana, ben, post):
    rule, path = {"replies_from": "followed"}, f"/posts/{post.id}/replies-from"
    assert program_of(ben).put(path, json=rule).status_code == 204
    program = program_of(ana)
    assert program.get(f"/posts/{post.id}").json["replies_from"] == "followed"
    reply = {"body": "May I?", "reply_to_id": post.id}
    refusal = program.post("/posts", json=reply)
    assert refusal.status_code == 403
    assert "limited who can reply" in refusal.json["detail"]
    make_follow(ben, ana)
    assert program.post("/posts", json=reply).status_code == 201
    assert program_of(ben).put(path, json={"replies_from": "strangers"}).status_code == 422


def test_replies_that_are_there_stay(program_of, ana, post):
    reply = make_post(ana, "Before", reply_to=post)
    reply_rules.change(post, "nobody")
    db.session.commit()
    assert ids(program_of(ana).get(f"/posts/{post.id}/replies")) == [reply.id]


def test_a_muted_conversation_is_silent(program_of, ana, ben, cleo):
    first = make_post(ana)
    program = program_of(ana)
    assert program.put(f"/posts/{first.id}/mute").status_code == 204
    make_post(ben, "Quiet", reply_to=first)
    assert program.get("/notifications").json["items"] == []
    assert program.delete(f"/posts/{first.id}/mute").status_code == 204
    loud = make_post(cleo, "Loud", reply_to=first)
    assert [item["post_id"] for item in program.get("/notifications").json["items"]] == [loud.id]


def test_what_a_post_answers_is_read_page_by_page_to_the_first(program_of, ana, ben, cleo):
    """Also where more posts that one may not read are between than a page has."""
    written = [make_post(ana)]
    for number in range(1, 80):
        author = ben if 10 <= number < 40 else ana
        written.append(make_post(author, reply_to=written[-1]))
    blocks.block(cleo, ben)
    db.session.commit()
    program, seen, is_complete = program_of(cleo), [written[-1].id], False
    while not is_complete:
        answer = program.get(f"/posts/{seen[0]}/ancestors")
        is_complete = answer.json["is_complete"]
        assert len(ids(answer)) == 20 or is_complete
        seen = ids(answer) + seen
    assert seen == [one.id for one in written if one.author_id == ana.id]
