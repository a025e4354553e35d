"""Reposts, as programs make and read them."""

from __future__ import annotations

from app import db
from app.services.posts import reposts
from tests.support.factories import make_follow, make_post


def test_a_program_reposts_and_takes_it_back(program_of, ana, ben):
    post = make_post(ben)
    program, path = program_of(ana, "write"), f"/posts/{post.id}"
    for _ in range(2):
        assert program.put(f"{path}/repost").status_code == 204
    found = program.get(path).json
    assert (found["reposts_count"], found["is_reposted"]) == (1, True)
    assert [one["username"] for one in program.get(f"{path}/reposts").json["items"]] == ["ana"]
    for _ in range(2):
        assert program.delete(f"{path}/repost").status_code == 204
    found = program.get(path).json
    assert (found["reposts_count"], found["is_reposted"]) == (0, False)
    assert program.get(f"{path}/reposts").json["items"] == []


def test_what_is_for_followers_or_nobody_is_refused(program_of, ana, ben):
    make_follow(ana, ben)
    few, post = make_post(ben, visibility="followers"), make_post(ben)
    program = program_of(ana, "write")
    assert program.put(f"/posts/{few.id}/repost").status_code == 403
    assert program.put(f"/posts/{post.id + 9}/repost").status_code == 404
    # The row of a repost is no post.
    program.put(f"/posts/{post.id}/repost")
    assert program.get(f"/posts/{post.id + 1}").status_code == 404
    assert [one["id"] for one in program.get("/posts").json["items"]] == [post.id]
    assert program.get(f"/users/{ana.id}/posts").json["items"] == []


def test_home_has_the_post_in_the_place_of_the_repost(program_of, ana, ben, cleo):
    make_follow(ana, cleo)
    post = make_post(ben)
    reposts.repost(cleo, post)
    reposts.repost(ana, post)
    own = make_post(ana)
    db.session.commit()
    program = program_of(ana, "read")
    first, second = program.get("/timelines/home").json["items"]
    assert (first["id"], first["entry_id"], first["reposted_by"]) == (own.id, own.id, None)
    assert second["id"] == post.id and second["entry_id"] > post.id
    assert second["reposted_by"] == {
        "id": ana.id,
        "username": "ana",
        "display_name": "Ana Duarte",
    }
    assert second["other_reposters_count"] == 1
    older = program.get(f"/timelines/home?before={second['entry_id']}").json["items"]
    assert [(one["id"], one["reposted_by"]["username"]) for one in older] == [(post.id, "cleo")]


def test_what_somebody_reposted_is_listed(program_of, ana, ben, cleo):
    written = [make_post(ben, f"Number {number}") for number in range(3)]
    for post in written:
        reposts.repost(cleo, post)
    db.session.commit()
    program = program_of(ana, "read")
    answer = program.get(f"/users/{cleo.id}/reposts?per_page=2").json
    assert [one["id"] for one in answer["items"]] == [written[2].id, written[1].id]
    rest = program.get(answer["_links"]["next"].removeprefix("/api")).json
    assert [one["id"] for one in rest["items"]] == [written[0].id]
