"""What home shows, and followed tags, through the API."""

from __future__ import annotations

from app import db
from app.services.community import tag_follows
from tests.support.factories import make_follow, make_post


def bodies(program) -> list[str]:
    return [item["body"] for item in program.get("/timelines/home").json["items"]]


def test_home_is_changed_part_by_part(program_of, ana, ben, cleo):
    for other in (ben, cleo):
        make_follow(ana, other)
    make_post(ben, "I do.", reply_to=make_post(cleo, "Who has a ladder?"))
    program, path = program_of(ana), "/timelines/home/choices"
    assert program.get(path).json == {"shows_reposts": True, "shows_replies": True}
    changed = program.call("PATCH", path, json={"shows_replies": False})
    assert changed.json == {"shows_reposts": True, "shows_replies": False}
    assert program.call("PATCH", path, json={}).json == changed.json == program.get(path).json
    assert bodies(program) == ["Who has a ladder?"]


def test_what_one_person_brings_home_is_changed(program_of, ana, ben, cleo):
    for other in (ben, cleo):
        make_follow(ana, other)
    make_post(ben, "I do.", reply_to=make_post(cleo, "Who has a ladder?"))
    program, path = program_of(ana), f"/users/{ben.id}/follow"
    changed = program.call("PATCH", path, json={"shows_replies": False})
    assert changed.json == {"shows_reposts": True, "shows_replies": False}
    assert program.call("PATCH", path, json={}).json == changed.json
    assert bodies(program) == ["Who has a ladder?"]
    program.delete(path)
    for body in ({}, {"shows_replies": True}):
        assert program.call("PATCH", path, json=body).status_code == 409
    for body in ({"shows_likes": True}, {"shows_replies": "no"}):
        assert program.call("PATCH", path, json=body).status_code in (400, 422)
    assert program.call("PATCH", "/users/999999/follow", json={}).status_code == 404


def test_tags_are_followed_and_listed(program_of, ana, ben):
    make_post(ben, "Fresh #bread")
    program = program_of(ana)
    assert program.get("/tags/followed").json == {"items": []}
    for _ in range(2):
        assert program.put("/tags/Bread/follow").status_code == 204
    (item,) = program.get("/tags/followed").json["items"]
    assert item["tag"] == "bread"
    assert bodies(program) == ["Fresh #bread"]
    for _ in range(2):
        assert program.delete("/tags/bread/follow").status_code == 204
    assert bodies(program) == []
    assert program.put("/tags/%21/follow").status_code == 404
    for number in range(tag_follows.TAGS_MAX):
        tag_follows.follow(ana, f"tag{number}")
    db.session.commit()
    assert program.put("/tags/bread/follow").status_code == 409
