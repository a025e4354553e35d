"""Posts and timelines, as programs read and write them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import db
from app.lib.dates import utcnow
from app.models import Bookmark, Like, Post, Submission
from app.services.data import submissions
from app.services.posts import bookmarks, likes, posts
from app.services.posts.composition import compose
from tests.support.factories import make_follow, make_post
from tests.support.pages import counted_statements

LISTS = ("/posts", "/timelines/public", "/timelines/home")


def bodies(answer: object) -> list[str]:
    return [one["body"] for one in answer.json["items"]]


def count_of(model: type[Post | Submission]) -> int:
    return db.session.scalars(sa.select(sa.func.count()).select_from(model)).one()


def test_a_post_has_every_field(program_of, ana, ben):
    post = make_post(ana, "The *bakery* opens.", title="News")
    own = f"/api/posts/{post.id}"
    assert program_of(ben, "read").get(f"/posts/{post.id}").json == {
        "id": post.id,
        "author": {
            "id": ana.id,
            "username": "ana",
            "display_name": "Ana Duarte",
            "_links": {"self": f"/api/users/{ana.id}", "avatar": ana.avatar(128)},
        },
        "content_note": None,
        "is_note_required": False,
        "title": "News",
        "body": "The *bakery* opens.",
        "html": post.html,
        "language": post.language,
        "created_at": post.created_at.isoformat(),
        "edited_at": None,
        "reply_to_id": None,
        "thread_id": None,
        "visibility": "public",
        "replies_from": "everyone",
        "replies_count": 0,
        "reposts_count": 0,
        "likes_count": 0,
        "is_folded": False,
        "is_pinned": False,
        "is_reposted": False,
        "is_liked": False,
        "is_bookmarked": False,
        "filtered": [],
        "_links": {"self": own, "page": f"/post/{post.id}"},
    }


def test_a_content_note_is_set_kept_and_removed(program_of, ana):
    program = program_of(ana)
    new = {"body": "The butler did it.", "content_note": "how it  ends"}
    post = program.post("/posts", json=new).json
    url = f"/posts/{post['id']}"
    assert post["content_note"] == "how it ends"
    # Programs that know nothing of notes leave them.
    changed = program.put(url, json={"body": "It was the butler."}).json
    assert changed["content_note"] == "how it ends"
    assert program.put(url, json=new | {"content_note": None}).json["content_note"] == "how it ends"
    assert program.put(url, json=new | {"content_note": "books"}).json["content_note"] == "books"
    assert program.put(url, json=new | {"content_note": ""}).json["content_note"] is None
    for note in ("x" * 101, 5, ["x"]):
        assert program.put(url, json=new | {"content_note": note}).status_code == 422
        assert program.post("/posts", json=new | {"content_note": note}).status_code == 422


def test_the_note_is_a_part_of_what_a_key_stands_for(program_of, ana):
    program, key = program_of(ana), {"Idempotency-Key": "one"}
    new = {"body": "The butler did it.", "content_note": "a film"}
    assert program.post("/posts", json=new, headers=key).status_code == 201
    assert program.post("/posts", json=new, headers=key).status_code == 201
    other = new | {"content_note": "a book"}
    assert program.post("/posts", json=other, headers=key).status_code == 409


def test_replies_are_folded_and_unfolded_by_whoever_began_the_thread(program_of, ana, ben):
    first = make_post(ana)
    reply = make_post(ben, reply_to=first)
    program, url = program_of(ana), f"/posts/{reply.id}/fold"
    for is_folded, call in ((True, program.put), (False, program.delete)):
        for _ in range(2):
            assert call(url).status_code == 204
            answer = program.get(f"/posts/{first.id}/replies")
            assert [one["is_folded"] for one in answer.json["items"]] == [is_folded]
    assert program_of(ben).put(url).status_code == 403
    assert program.put(f"/posts/{first.id}/fold").status_code == 403
    assert program.put("/posts/999999/fold").status_code == 404


def test_a_post_is_published(program_of, ana):
    program = program_of(ana)
    answer = program.post("/posts", json={"body": "  From a program. #bread ", "title": ""})
    assert answer.status_code == 201
    assert answer.location == answer.json["_links"]["self"]
    assert answer.json["body"] == "From a program. #bread"
    assert answer.json["title"] is None
    assert program.get("/me").json["post_count"] == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"body": ""}, 422),
        ({"body": " \n "}, 422),
        ({"body": "x" * 281}, 422),
        ({"body": 5}, 422),
        ({"body": None}, 422),
        ({"body": "x", "title": "y" * 121}, 422),
        ({"body": "x", "author_id": 1}, 422),
        ({"body": "x\0"}, 422),
        ({"body": "\ud800"}, 422),
        (["x"], 422),
        ("x", 422),
    ],
)
def test_a_post_that_is_none_is_refused(program_of, ana, body, status):
    assert program_of(ana).post("/posts", json=body).status_code == status
    assert count_of(Post) == 0


def test_a_newline_counts_once_as_in_the_form(program_of, ana):
    answer = program_of(ana).post("/posts", json={"body": "x\r\n" * 139 + "yz"})
    assert answer.status_code == 201


def test_the_same_key_publishes_once(program_of, ana, ben):
    program, key = program_of(ana), {"Idempotency-Key": "k-1"}
    answers = [program.post("/posts", json={"body": "Once."}, headers=key) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.json["id"] for answer in answers}) == 1
    assert answers[0].json == answers[2].json
    other = program.post("/posts", json={"body": "Twice."}, headers=key)
    assert other.status_code == 409
    assert program_of(ben).post("/posts", json={"body": "Hers."}, headers=key).status_code == 201
    assert count_of(Post) == 2


def test_a_key_is_good_for_a_day(program_of, ana):
    program, key = program_of(ana), {"Idempotency-Key": "k-1"}
    first = program.post("/posts", json={"body": "Once."}, headers=key)
    row = db.session.scalars(sa.select(Submission)).one()
    assert row.expires_at - row.created_at == timedelta(hours=24)
    row.expires_at = utcnow() - timedelta(hours=1)
    db.session.commit()
    second = program.post("/posts", json={"body": "Again."}, headers=key)
    assert second.json["id"] != first.json["id"]
    assert submissions.purge() == 0
    db.session.execute(sa.update(Submission).values(expires_at=utcnow() - timedelta(days=1)))
    assert submissions.purge() == 1


def test_a_key_of_a_deleted_post_makes_no_other(program_of, ana):
    program, key = program_of(ana), {"Idempotency-Key": "k-1"}
    post = program.post("/posts", json={"body": "Once."}, headers=key).json
    program.delete(f"/posts/{post['id']}")
    assert program.post("/posts", json={"body": "Once."}, headers=key).status_code == 410


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "é"])
def test_a_key_that_is_none_is_refused(program_of, ana, key):
    headers = {"Idempotency-Key": key}
    assert program_of(ana).post("/posts", json={"body": "x"}, headers=headers).status_code == 400


def test_a_post_is_changed_and_deleted_by_its_author(program_of, ana, ben):
    post = make_post(ana)
    path, program = f"/posts/{post.id}", program_of(ana)
    answer = program.put(path, json={"body": "Opens on Monday.", "title": "News"})
    assert (answer.status_code, answer.json["title"]) == (200, "News")
    assert answer.json["edited_at"] is not None
    for call in (program_of(ben).delete, lambda at: program_of(ben).put(at, json={"body": "x"})):
        assert call(path).status_code == 403
    assert program.delete(path).status_code == 204
    for call in (program.get, program.delete, lambda at: program.put(at, json={"body": "x"})):
        assert call(path).status_code == 404


def test_lists_lead_on_by_id_and_nothing_is_repeated(program_of, ana):
    for number in range(5):
        make_post(ana, f"Post {number}")
    program = program_of(ana)
    for path in (*LISTS, f"/users/{ana.id}/posts"):
        first = program.get(f"{path}?per_page=2")
        assert bodies(first) == ["Post 4", "Post 3"]
        assert first.json["_meta"] == {"per_page": 2}
        assert first.json["_links"]["prev"] is None
        second = program.get(first.json["_links"]["next"].removeprefix("/api"))
        assert bodies(second) == ["Post 2", "Post 1"]
        last = program.get(second.json["_links"]["next"].removeprefix("/api"))
        assert bodies(last) == ["Post 0"]
        assert last.json["_links"]["next"] is None
        back = program.get(last.json["_links"]["prev"].removeprefix("/api"))
        assert bodies(back) == ["Post 2", "Post 1"]
        newest = program.get(f"{path}?after=1&before=1&per_page=1")
        assert newest.status_code == 200


def test_home_is_of_those_one_follows(program_of, ana, ben, cleo):
    make_post(ben, "From Ben.")
    make_post(cleo, "From Cleo.")
    make_follow(ana, ben)
    program = program_of(ana)
    assert bodies(program.get("/timelines/home")) == ["From Ben."]
    assert bodies(program.get("/timelines/public")) == ["From Cleo.", "From Ben."]


def test_what_is_gone_is_in_no_list(program_of, ana, ben):
    posts.delete(make_post(ana, "Deleted."))
    make_post(ben, "Of somebody who left.")
    ben.closed_at = utcnow()
    db.session.commit()
    program = program_of(ana)
    for path in (*LISTS, f"/users/{ana.id}/posts"):
        assert bodies(program.get(path)) == []
    assert program.get(f"/users/{ben.id}/posts").status_code == 404


def test_a_list_costs_four_statements(program_of, ana, ben):
    make_follow(ana, ben)
    for number in range(30):
        make_post(ben, f"Post {number}")
    program = program_of(ana)
    program.get("/me")
    for path in (*LISTS, f"/users/{ben.id}/posts"):
        with counted_statements() as ran:
            assert len(bodies(program.get(f"{path}?per_page=30"))) == 30
        assert len(ran) <= 4, ran


def test_the_same_words_again_are_a_409(app, program_of, ana):
    program, body = program_of(ana), {"body": "Tea is ready."}
    assert program.post("/posts", json=body).status_code == 201
    answer = program.post("/posts", json=body)
    assert (answer.status_code, answer.json["detail"]) == (409, "You just posted this.")
    app.config["RATELIMIT_ENABLED"] = True
    bodies = [{"body": f"Number {number}"} for number in range(11)]
    statuses = [program.post("/posts", json=body).status_code for body in bodies]
    assert statuses == [201] * 10 + [429]


def test_publishing_looks_up_the_token_once(program_of, ana):
    program = program_of(ana)
    program.post("/posts", json={"body": "The first use of a token is recorded."})
    with counted_statements() as ran:
        assert program.post("/posts", json={"body": "The next one is not."}).status_code == 201
    # Looking it up again, after the commit, would queue once more for SQLite's write lock.
    assert len([statement for statement in ran if "FROM token" in statement]) == 1


def test_a_program_says_who_may_read(program_of, ana, ben):
    program = program_of(ana)
    made = program.post("/posts", json={"body": "For few", "visibility": "followers"})
    assert (made.status_code, made.json["visibility"]) == (201, "followers")
    path = f"/posts/{made.json['id']}"
    assert program_of(ben).get(path).status_code == 404
    wider = program.put(path, json={"body": "For all", "visibility": "public"})
    assert wider.status_code == 409
    same = program.put(path, json={"body": "For few still"})
    assert (same.status_code, same.json["visibility"]) == (200, "followers")
    odd = program.post("/posts", json={"body": "Odd", "visibility": "direct"})
    assert odd.status_code == 422
    narrowed = program.put(
        f"/posts/{make_post(ana).id}", json={"body": "Less", "visibility": "unlisted"}
    )
    assert narrowed.json["visibility"] == "unlisted"


def test_a_reply_of_a_program_is_never_wider(program_of, ana, ben):
    parent = make_post(ana, visibility="unlisted")
    body = {"body": "Hello", "reply_to_id": parent.id, "visibility": "public"}
    assert program_of(ben).post("/posts", json=body).json["visibility"] == "unlisted"


def test_a_like_and_a_bookmark_are_taken_back_also_of_what_one_reads_no_more(program_of, ana, ben):
    post = make_post(ana)
    likes.like(ben, post)
    bookmarks.bookmark(ben, post)
    posts.edit(post, compose(post.body), visibility="followers")
    db.session.commit()
    program = program_of(ben)
    for act in ("like", "bookmark"):
        assert program.delete(f"/posts/{post.id}/{act}").status_code == 204
    assert program.delete(f"/posts/{10**9}/like").status_code == 204
    db.session.expire_all()
    for model in (Like, Bookmark):
        assert db.session.scalars(db.select(model.id)).all() == []
