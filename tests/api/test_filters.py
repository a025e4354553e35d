"""Filters by the API, and what they find in posts."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from app.lib.dates import utcnow
from app.models.community.filter import CONTEXTS
from app.services.community import filters
from tests.support.factories import make_filter, make_follow, make_post
from tests.support.pages import counted_statements

BREAD = {"keyword": "bread", "whole_word": True}


def test_a_filter_is_made_read_changed_and_deleted(program_of, ana):
    program = program_of(ana)
    made = program.post("/filters", json={"keywords": [{"keyword": " bread "}], "days": 7})
    assert made.status_code == 201
    path = made.headers["Location"].removeprefix("/api")
    body = program.get(path).json
    assert body == made.json
    word_id = body["keywords"][0]["id"]
    assert body["keywords"] == [BREAD | {"id": word_id}]
    assert (body["title"], body["action"], body["contexts"]) == ("bread", "warn", list(CONTEXTS))
    assert body["expires_at"] > (utcnow() + timedelta(days=6)).isoformat()

    changed = program.put(path, json={"action": "hide", "contexts": ["public", "home"]}).json
    assert changed == body | {"action": "hide", "contexts": ["home", "public"]}
    keywords = [BREAD | {"whole_word": False}, {"keyword": "#cake"}]
    changes = {"keywords": keywords, "title": "Carbs", "days": 0}
    changed = program.put(path, json=changes).json
    assert (changed["title"], changed["expires_at"]) == ("Carbs", None)
    first, second = changed["keywords"]
    assert first == {"id": word_id, "keyword": "bread", "whole_word": False}
    assert (second["keyword"], second["whole_word"]) == ("#cake", True)
    assert program.put(path, json={"title": ""}).json["title"] == "bread, #cake"
    assert [one["id"] for one in program.get("/filters").json["items"]] == [body["id"]]
    assert program.delete(path).status_code == 204
    assert program.get("/filters").json["items"] == []
    for call in (program.get, program.delete):
        assert call(path).status_code == 404
    assert program.put(path, json={}).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "keywords"),
        ({"keywords": []}, "keywords"),
        ({"keywords": [{"keyword": "…"}]}, "keywords.0.keyword"),
        ({"keywords": [{"keyword": "x" * 101}]}, "keywords.0.keyword"),
        ({"keywords": [BREAD] * 21}, "keywords"),
        ({"keywords": [BREAD], "contexts": []}, "contexts"),
        ({"keywords": [BREAD], "contexts": ["elsewhere"]}, "contexts.0"),
        ({"keywords": [BREAD], "action": "blur"}, "action"),
        ({"keywords": [BREAD], "title": "x" * 101}, "title"),
        ({"keywords": [BREAD], "days": -1}, "days"),
        ({"keywords": [BREAD], "days": 366}, "days"),
    ],
)
def test_what_cannot_be_is_refused(program_of, ana, body, field):
    answer = program_of(ana).post("/filters", json=body)
    assert answer.status_code in (400, 422)
    assert field in [one["field"] for one in answer.json["errors"]]
    assert filters.page(ana) == []


def test_the_most_is_a_conflict(program_of, ana, monkeypatch):
    monkeypatch.setattr(filters, "FILTERS_MAX", 1)
    program = program_of(ana)
    statuses = [program.post("/filters", json={"keywords": [BREAD]}).status_code for _ in range(2)]
    assert statuses == [201, 409]


def test_posts_name_the_filters_of_the_owner_alone(program_of, ana, ben):
    make_follow(ana, ben)
    post = make_post(ben, "Bread and cake")
    own = make_post(ana, "My bread")
    mine = make_filter(ana, "bread", "tea", "cake", contexts=["home"])
    named = make_filter(ana, "cake", title="Sweets", action="hide")
    program = program_of(ana)
    hits = [
        {
            "id": mine.id,
            "title": "bread, cake",
            "words": ["bread", "cake"],
            "contexts": ["home"],
            "action": "warn",
        },
        {
            "id": named.id,
            "title": "Sweets",
            "words": ["cake"],
            "contexts": list(CONTEXTS),
            "action": "hide",
        },
    ]
    assert program.get(f"/posts/{post.id}").json["filtered"] == hits
    for path in ("/timelines/home", "/timelines/public", "/posts", "/search?q=bread"):
        found = {row["id"]: row["filtered"] for row in program.get(path).json["items"]}
        assert found == {post.id: hits, own.id: []}, path
    assert program_of(ben).get(f"/posts/{post.id}").json["filtered"] == []


def test_an_ended_filter_names_nothing(program_of, ana, ben):
    post = make_post(ben, "Bread")
    make_filter(ana, "bread", expires_at=utcnow() + timedelta(minutes=5))
    program = program_of(ana)
    assert program.get(f"/posts/{post.id}").json["filtered"]
    with time_machine.travel(utcnow() + timedelta(minutes=6)):
        assert not program.get(f"/posts/{post.id}").json["filtered"]


def test_it_costs_no_statement(program_of, ana, ben):
    for number in range(10):
        make_post(ben, f"Bread {number}")
    program = program_of(ana)

    def statements() -> int:
        with counted_statements() as ran:
            program.get("/timelines/public")
        return len(ran)

    statements()
    before = statements()
    make_filter(ana, "bread")
    assert statements() == before
