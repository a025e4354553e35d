"""Requests to follow, as programs send and answer them."""

from __future__ import annotations

import pytest

from app import db
from app.models import User
from tests.support.factories import make_user


@pytest.fixture
def ben(ben: User) -> User:
    ben.approves_followers = True
    db.session.commit()
    return ben


def names(answer) -> list[str]:
    return [person["username"] for person in answer.json["items"]]


def test_a_program_asks_and_another_accepts(program_of, ana, ben):
    assert program_of(ana).get(f"/users/{ben.id}").json["approves_followers"] is True
    for _ in range(2):
        assert program_of(ana).put(f"/users/{ben.id}/follow").status_code == 204
    assert names(program_of(ana).get("/follow-requests/sent")) == ["ben"]
    assert names(program_of(ben).get("/follow-requests")) == ["ana"]
    assert not ana.is_following(ben)
    assert program_of(ben).put(f"/follow-requests/{ana.id}").status_code == 204
    assert ana.is_following(ben)
    assert program_of(ben).put(f"/follow-requests/{ana.id}").status_code == 404
    assert names(program_of(ana).get("/follow-requests/sent")) == []


def test_a_request_is_declined_or_withdrawn(program_of, ana, ben):
    follow = f"/users/{ben.id}/follow"
    program_of(ana).put(follow)
    for _ in range(2):
        assert program_of(ben).delete(f"/follow-requests/{ana.id}").status_code == 204
    assert names(program_of(ben).get("/follow-requests")) == []
    program_of(ana).put(follow)
    assert program_of(ana).delete(follow).status_code == 204
    assert names(program_of(ben).get("/follow-requests")) == []
    assert not ana.is_following(ben)


def test_requests_come_page_by_page(program_of, ben):
    for number in range(3):
        program_of(make_user(f"friend{number}")).put(f"/users/{ben.id}/follow")
    seen, path = [], "/follow-requests?per_page=2"
    while path:
        page = program_of(ben).get(path)
        seen += names(page)
        path = (page.json["_links"]["next"] or "").removeprefix("/api")
    assert seen == ["friend2", "friend1", "friend0"]
