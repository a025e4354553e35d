"""Searches by programs."""

from __future__ import annotations

import pytest

from app.services.accounts import accounts, users
from app.services.posts import posts
from tests.support.factories import make_post, make_user
from tests.support.pages import counted_statements


def test_posts_are_found_newest_first_and_the_links_keep_the_words(program_of, ana, ben):
    for number in range(3):
        make_post(ana, f"Fresh bread {number}")
    make_post(ben, "Fresh cake")
    program, path, seen = program_of(ben, "read"), "/search?q=fresh+bread&per_page=1", []
    while path:
        page = program.get(path).json
        seen += [one["body"] for one in page["items"]]
        last, path = page, (page["_links"]["next"] or "").removeprefix("/api")
    assert seen == ["Fresh bread 2", "Fresh bread 1", "Fresh bread 0"]
    back = program.get(last["_links"]["prev"].removeprefix("/api")).json
    assert [one["body"] for one in back["items"]] == ["Fresh bread 1"]
    found = program.get("/search?q=fresh+from:ben").json["items"]
    assert [one["body"] for one in found] == ["Fresh cake"]


def test_people_are_found(program_of, ana, ben):
    users.describe(ben, "Ben Baker", "Bread.")
    make_post(ana, "A baker")
    found = program_of(ana).get("/search?q=baker&in=people").json
    assert [one["username"] for one in found["items"]] == ["ben"]
    assert "in=people" in found["_links"]["self"]
    assert "email" not in found["items"][0]


def test_the_best_come_first_page_by_page(program_of, ana):
    for body in ("Bread bread bread", "Long is the way to bread", "Cake"):
        make_post(ana, body)
    program, path, seen = program_of(ana), "/search?q=bread&sort=best&per_page=1", []
    while path:
        page = program.get(path).json
        seen += [one["body"] for one in page["items"]]
        last, path = page, (page["_links"]["next"] or "").removeprefix("/api")
    assert seen == ["Bread bread bread", "Long is the way to bread"]
    assert "page=1&" in last["_links"]["prev"]
    beyond = program.get("/search?q=bread&sort=best&per_page=1&page=9").json
    assert beyond["items"] == []
    assert "page=2&" in beyond["_links"]["prev"]
    assert program.get("/search?q=%20&sort=best").json["items"] == []


def test_what_is_gone_is_not_found(program_of, ana, ben):
    posts.delete(make_post(ana, "Bread, deleted"))
    make_post(ben, "Bread of somebody who left")
    accounts.close(ben)
    program = program_of(ana)
    for query in ("q=bread", "q=ben&in=people", "q=from:nobody", "q=%20", "q=!"):
        assert program.get(f"/search?{query}").json["items"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "q"),
        ("q=", "q"),
        ("q=" + "x" * 201, "q"),
        ("q=x&in=tags", "in"),
        ("q=x&sort=worst", "sort"),
        ("q=x&sort=best&page=501", "page"),
        ("q=x&q=y", "q"),
    ],
)
def test_a_search_that_is_none_is_a_mistake(program_of, ana, query, field):
    answer = program_of(ana).get(f"/search?{query}")
    assert answer.status_code == 400
    assert answer.json["errors"][0]["field"] == field


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bread after:foo", "“foo” isn't a date. Write it like 20"),
        ("before:2026-02-30", "“2026-02-30” isn't a date. Write it like 20"),
        ("lang:english", "“english” isn't a language code. Write it like lang:en."),
        ("from:a/b", "“a/b” isn't a username. Write it like from:ana."),
        ("from: ana", "“from:” needs a value right after it"),
    ],
)
@pytest.mark.parametrize("kind", ["posts", "people"])
def test_an_operator_that_cannot_be_read_is_a_mistake(program_of, ana, text, message, kind):
    answer = program_of(ana).get("/search", query_string={"q": text, "in": kind})
    assert answer.status_code == 400
    [error] = answer.json["errors"]
    assert error["field"] == "q"
    assert error["message"].startswith(message)


def test_the_limit_is_shared_with_the_page(app, program_of, ana):
    app.config["RATELIMIT_ENABLED"] = True
    program = program_of(ana)
    statuses = [program.get("/search?q=bread").status_code for _ in range(61)]
    assert statuses == [200] * 60 + [429]


def test_a_search_costs_four_statements(program_of, ana):
    for number in range(20):
        make_post(ana, f"Bread {number}")
        make_user(display_name="Baker")
    program = program_of(ana)
    program.get("/me")
    for query in ("q=bread+from:ana", "q=bread&in=people"):
        with counted_statements() as ran:
            assert program.get(f"/search?{query}&per_page=20").status_code == 200
        assert len(ran) <= 4, ran


def test_people_are_found_by_the_beginning_of_their_names(program_of, ana, ben):
    for sort in ("", "&sort=best"):
        found = program_of(ana).get(f"/search?q=duar&in=people{sort}").json
        assert [person["username"] for person in found["items"]] == ["ana"]
    assert program_of(ana).get("/search?q=uarte&in=people").json["items"] == []
