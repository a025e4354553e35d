"""Blocking and muting by the API."""

from __future__ import annotations

import pytest

from app import db
from app.services.community import blocks, mutes
from tests.support.factories import make_follow, make_user


@pytest.mark.parametrize("kind", ["block", "mute"])
def test_repeating_changes_nothing(program_of, ana, ben, kind):
    program = program_of(ana)
    for _ in range(2):
        assert program.put(f"/users/{ben.id}/{kind}").status_code == 204
        listed = program.get(f"/{kind}s").json["items"]
        assert [one["username"] for one in listed] == ["ben"]
    for _ in range(2):
        assert program.delete(f"/users/{ben.id}/{kind}").status_code == 204
        assert program.get(f"/{kind}s").json["items"] == []


def test_a_mute_may_be_for_some_days(program_of, ana, ben):
    program = program_of(ana)
    terms = {"days": 3, "hides_notifications": False}
    assert program.put(f"/users/{ben.id}/mute", json=terms).status_code == 204
    found = mutes.find(ana, ben)
    assert found.expires_at is not None
    assert not found.hides_notifications
    for days in (-1, 366, "x", 1.5):
        response = program.put(f"/users/{ben.id}/mute", json={"days": days})
        assert response.status_code == 422, days


def test_nobody_reaches_who_blocks_them(program_of, ana, ben):
    blocks.block(ben, ana)
    program = program_of(ana)
    for method in ("put", "delete"):
        for kind in ("follow", "mute", "block"):
            assert program.call(method, f"/users/{ben.id}/{kind}").status_code == 404
    message = {"recipient_id": ben.id, "body": "Hello?"}
    assert program.post("/messages", json=message).status_code == 422
    assert program.put(f"/users/{ana.id}/block").status_code == 403


def test_totals_leave_out_whom_a_block_hides(program_of, ana, ben, cleo):
    for person in (ben, make_user("dan")):
        make_follow(person, cleo)
        make_follow(cleo, person)
    program = program_of(ana)
    paths = ("/users", f"/users/{cleo.id}/followers", f"/users/{cleo.id}/following")
    before = [program.get(path).json["_meta"]["total_items"] for path in paths]
    assert before == [4, 2, 2]
    blocks.block(ben, ana)
    blocks.block(ana, ben)
    db.session.commit()
    for path, total in zip(paths, before, strict=True):
        answer = program.get(path).json
        assert answer["_meta"]["total_items"] == len(answer["items"]) == total - 1
