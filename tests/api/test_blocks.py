"""Blocking and muting by the API."""

from __future__ import annotations

import pytest

from app.services.community import blocks, mutes


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
