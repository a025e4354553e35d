"""Who of those that somebody follows follows others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import db
from app.models import User
from app.services.community import acquaintances
from app.services.community.acquaintances import Acquaintances
from tests.support.factories import make_follow, make_user
from tests.support.sites import open_site


@pytest.fixture
def site(any_database: str, tmp_path: Path) -> Iterator[Flask]:
    with open_site(tmp_path, DATABASE_URL=any_database) as app:
        yield app


@pytest.mark.usefixtures("site")
def test_at_most_so_many_are_asked_the_last_ones_first(monkeypatch: pytest.MonkeyPatch) -> None:
    ana, ben, cleo = make_user("ana"), make_user("ben"), make_user("cleo")
    friends = [make_user(f"friend{number}", display_name=f"F{number}") for number in range(5)]
    for friend in friends:
        make_follow(ana, friend)
        make_follow(friend, ben)
    make_follow(friends[4], ana)
    db.session.expire_all()
    found = acquaintances.of(ana, [ana, ben, cleo])
    assert found == {ben.id: Acquaintances(("F0", "F1"), 5)}
    assert found[ben.id].others_count == 3
    monkeypatch.setattr(acquaintances, "ASKED_MAX", 3)
    assert acquaintances.of(ana, [ben]) == {ben.id: Acquaintances(("F2", "F3"), 3)}
    # Nobody is asked for visitors, nor for whoever follows nobody.
    assert acquaintances.of(None, [ben]) == acquaintances.of(cleo, [ben]) == {}


@pytest.mark.usefixtures("site")
def test_whom_they_follow_is_found_by_the_last_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    ana, *people = (make_user(name) for name in ("ana", "one", "two", "three", "four"))
    friends = [make_user(f"friend{number}") for number in range(3)]
    make_follow(ana, people[2])
    for friend in friends:
        make_follow(ana, friend)
        make_follow(friend, ana)
    for friend, count in zip(friends, (4, 3, 2), strict=True):
        for person in people[:count]:
            make_follow(friend, person)
    make_follow(friends[0], friends[1])

    def found() -> list[tuple[str, int]]:
        rows = db.session.execute(acquaintances.found_through(ana)).all()
        return [(db.session.get_one(User, id_).username, count) for id_, count in rows]

    assert found() == [("two", 3), ("one", 3), ("four", 1)]
    monkeypatch.setattr(acquaintances, "FOUND_MAX", 2)
    assert found() == [("two", 3), ("one", 3)]
    # friend0 followed four and friend1 last, friend1 two and three, friend2 one and two.
    monkeypatch.setattr(acquaintances, "FOLLOWS_READ", 2)
    assert found() == [("two", 2), ("four", 1)]
    monkeypatch.setattr(acquaintances, "ASKED_MAX", 1)
    assert found() == [("two", 1), ("one", 1)]
