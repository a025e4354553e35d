"""People: the shapes that programs rely on, joining, and changing oneself."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from app import db
from app.lib.dates import utcnow
from app.models import User
from app.services.accounts import accounts, invitations, users
from tests.support.factories import PASSWORD, make_follow, make_post, make_user
from tests.support.mailbox import carry_out, templates
from tests.support.pages import counted_statements, get_page

USER = {
    "id",
    "username",
    "display_name",
    "last_seen",
    "about_me",
    "post_count",
    "follower_count",
    "following_count",
    "approves_followers",
    "_links",
}
NEW = {"username": "dora", "email": "dora@example.com", "password": PASSWORD}


def test_a_person_has_every_field(program_of, ana, ben):
    ana.about_me, ana.last_seen = "Baker.", datetime(2026, 11, 20, 17, 12, 5, tzinfo=UTC)
    make_post(ana)
    make_follow(ben, ana)
    answer = program_of(ben).get(f"/users/{ana.id}")
    own = f"/api/users/{ana.id}"
    assert answer.json == {
        "id": ana.id,
        "username": "ana",
        "display_name": "Ana Duarte",
        "last_seen": "2026-11-20T00:00:00+00:00",
        "about_me": "Baker.",
        "post_count": 1,
        "follower_count": 1,
        "following_count": 0,
        "approves_followers": False,
        "_links": {
            "self": own,
            "followers": f"{own}/followers",
            "following": f"{own}/following",
            "avatar": ana.avatar(128),
        },
    }


def test_whoever_hides_when_they_were_here_hides_it_from_programs_too(program_of, ana, ben):
    ana.last_seen, ana.shows_last_seen = datetime(2026, 11, 20, tzinfo=UTC), False
    assert program_of(ben).get(f"/users/{ana.id}").json["last_seen"] is None


def test_only_oneself_sees_the_address(program_of, ana, ben):
    mine = program_of(ana).get("/me").json
    assert set(mine) == USER | {"email", "is_verified"}
    assert mine["email"] == "ana@example.com"
    for path in (f"/users/{ana.id}", "/users", f"/users/{ana.id}/followers"):
        assert "@example" not in program_of(ben).get(path).get_data(as_text=True)


def test_people_are_listed_page_by_page(program_of, ana, ben, cleo):
    program = program_of(ana)
    first = program.get("/users?page=1&per_page=2").json
    assert [one["username"] for one in first["items"]] == ["ana", "ben"]
    assert set(first["items"][0]) == USER
    assert first["_meta"] == {"page": 1, "per_page": 2, "total_pages": 2, "total_items": 3}
    assert first["_links"] == {
        "self": "/api/users?page=1&per_page=2",
        "next": "/api/users?page=2&per_page=2",
        "prev": None,
    }
    last = program.get(first["_links"]["next"].removeprefix("/api")).json
    assert [one["username"] for one in last["items"]] == ["cleo"]
    assert last["_links"]["next"] is None
    assert last["_links"]["prev"] == "/api/users?page=1&per_page=2"


def test_ten_people_are_a_page_and_a_hundred_are_the_most(program_of, ana):
    program = program_of(ana)
    assert program.get("/users").json["_meta"]["per_page"] == 10
    assert program.get("/users?per_page=100000").json["_meta"]["per_page"] == 100
    beyond = program.get("/users?page=900").json
    assert beyond["items"] == []
    assert beyond["_links"]["prev"] == "/api/users?page=1&per_page=10"


def test_by_id_nobody_is_skipped_or_repeated_while_people_join(program_of, ana, ben, cleo):
    program, path, seen = program_of(ana), "/users?after=0&per_page=1", []
    while path:
        page = program.get(path).json
        seen += [one["username"] for one in page["items"]]
        if len(seen) == 1:
            make_user("dora")
        path = (page["_links"]["next"] or "").removeprefix("/api")
    assert seen == ["ana", "ben", "cleo", "dora"]


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "x", "１", "", "%20", str(2**63), "9" * 40])
def test_a_page_that_is_no_number_is_a_mistake(program_of, ana, value):
    for name in ("page", "per_page", "after"):
        if (name, value) != ("after", "0"):
            answer = program_of(ana).get(f"/users?{name}={value}")
            assert answer.status_code == 400
            assert answer.json["errors"][0]["field"] == name


@pytest.mark.parametrize("wrong", ["0", "-1", "1.0", "x", "１", str(2**63), "9" * 19])
def test_an_id_that_is_nobodys_is_not_there(program_of, ana, wrong):
    for path in ("", "/followers", "/following", "/posts"):
        assert program_of(ana).get(f"/users/{wrong}{path}").status_code == 404


def test_followers_and_followed_are_lists_of_people(program_of, ana, ben, cleo):
    make_follow(ben, ana)
    make_follow(cleo, ana)
    program = program_of(ana)
    followers = program.get(f"/users/{ana.id}/followers?per_page=1").json
    assert [one["username"] for one in followers["items"]] == ["cleo"]
    assert followers["_meta"]["total_items"] == 2
    assert followers["_links"]["next"] == f"/api/users/{ana.id}/followers?page=2&per_page=1"
    following = program.get(f"/users/{ben.id}/following").json
    assert [one["username"] for one in following["items"]] == ["ana"]


def test_private_lists_are_for_their_owner_alone(program_of, ana, ben):
    make_follow(ana, ben)
    ben.hides_follows = True
    db.session.commit()
    for kind in ("followers", "following"):
        assert program_of(ana).get(f"/users/{ben.id}/{kind}").status_code == 403
        assert program_of(ben).get(f"/users/{ben.id}/{kind}").status_code == 200
    assert program_of(ana).get(f"/users/{ben.id}").json["follower_count"] == 1


def test_a_list_of_a_hundred_costs_four_statements(program_of, ana):
    for _ in range(100):
        make_follow(make_user(), ana)
    program = program_of(ana)
    program.get("/me")
    for path in ("/users?per_page=100", f"/users/{ana.id}/followers?per_page=100"):
        with counted_statements() as ran:
            assert len(program.get(path).json["items"]) == 100
        assert len(ran) <= 4, ran


def test_whoever_has_not_confirmed_is_in_no_list(app, program_of, ana):
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    make_user("una", email_verified_at=None)
    listed = program_of(ana).get("/users").json
    assert [one["username"] for one in listed["items"]] == ["ana"]
    assert listed["_meta"]["total_items"] == 1


def test_the_number_of_people_follows_whoever_joins_leaves_or_confirms(
    app, program_of, ana, ben, monkeypatch
):
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    program = program_of(ana)

    def total() -> int:
        return program.get("/users").json["_meta"]["total_items"]

    assert total() == 2
    una = make_user("una", email_verified_at=None)
    make_user("vera")
    assert total() == 3
    accounts.close(ben)
    db.session.commit()
    assert total() == 2
    una.email_verified_at = utcnow()
    db.session.commit()
    # It is counted again before long, not at once.
    monkeypatch.setattr(users, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + 60))
    assert total() == 3


def test_a_page_of_followers_is_full_though_some_have_left(app, program_of, ana, ben, cleo):
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    for person in (cleo, make_user("una", email_verified_at=None), make_user("dora"), ben):
        make_follow(person, ana)
    accounts.close(ben)
    db.session.commit()
    path = f"/users/{ana.id}/followers?per_page=1&page="
    shown = [program_of(ana).get(f"{path}{page}").json["items"] for page in (1, 2)]
    assert [[one["username"] for one in items] for items in shown] == [["dora"], ["cleo"]]


def test_somebody_joins(nobody):
    answer = nobody.post("/users", json={**NEW, "about_me": " New here. "})
    assert answer.status_code == 201
    assert answer.location == answer.json["_links"]["self"]
    assert set(answer.json) == USER
    assert answer.json["about_me"] == "New here."
    assert templates() == ["verify_email"]


def test_a_known_address_gets_a_mail_and_nobody_else_learns_of_it(app, nobody, program_of, ana):
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    first = nobody.post("/users", json=NEW)
    second = nobody.post("/users", json={**NEW, "username": "edda"})
    third = nobody.post("/users", json={**NEW, "username": "fred", "email": "fred@example.com"})
    for answer in (second, third):
        assert answer.status_code == first.status_code
        assert set(answer.headers.keys()) == set(first.headers.keys())
        assert set(answer.json) == set(first.json)
    ids = [answer.json["id"] for answer in (first, second, third)]
    assert ids == [ids[0], ids[0] + 1, ids[0] + 2]
    program = program_of(ana)
    assert {program.get(f"/users/{user_id}").status_code for user_id in ids} == {404}
    again = [{**NEW, "username": name, "email": "x@example.com"} for name in ("edda", "fred")]
    assert {nobody.post("/users", json=body).status_code for body in again} == {400}
    assert [to for _, to in carry_out()] == ["dora@example.com"] * 2 + ["fred@example.com"]


def test_without_mail_a_known_address_is_told(nobody, ana):
    answer = nobody.post("/users", json={**NEW, "email": ana.email})
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (400, "email")


def test_what_is_missing_or_taken_is_a_400(nobody, ana):
    for field in NEW:
        answer = nobody.post("/users", json={name: NEW[name] for name in NEW if name != field})
        assert answer.status_code == 400
        assert answer.json["errors"][0]["field"] == field
    taken = nobody.post("/users", json={**NEW, "username": "ANA"})
    assert taken.status_code == 400
    assert taken.json["errors"][0]["field"] == "username"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "a"),
        ("username", "admin"),
        ("username", "x y"),
        ("username", 5),
        ("email", "dora"),
        ("email", "dora@example.com\nBcc: x@example.com"),
        ("password", "password"),
        ("password", "dora@example.com"),
        ("about_me", "x" * 501),
        ("about_me", None),
        ("role", "admin"),
        ("email_verified_at", "2026-11-20T00:00:00Z"),
        ("id", 1),
    ],
)
def test_what_is_wrong_or_unknown_is_a_422(nobody, field, value):
    answer = nobody.post("/users", json={**NEW, field: value})
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json["errors"]] == [field]
    assert db.session.scalar(User.named("dora")) is None


def test_few_join_from_one_network_by_program(app, nobody):
    app.config["RATELIMIT_ENABLED"] = True
    bodies = [{**NEW, "username": f"d{n}x", "email": f"d{n}@example.com"} for n in range(6)]
    statuses = [nobody.post("/users", json=body).status_code for body in bodies]
    assert statuses == [201] * 5 + [429]


def test_nobody_joins_a_closed_site(app, nobody):
    app.config["REGISTRATION"] = "closed"
    assert nobody.post("/users", json=NEW).status_code == 403
    assert templates() == []


def test_by_invitation_a_client_joins_with_a_code_that_works(app, nobody):
    app.config["REGISTRATION"] = "invite"
    assert nobody.post("/users", json=NEW).status_code == 403
    assert nobody.post("/users", json=NEW | {"invite": "x" * 28}).status_code == 403
    code = invitations.code_of(invitations.create(None, 1, 7))
    db.session.commit()
    assert nobody.post("/users", json=NEW | {"invite": code}).status_code == 201


def test_where_somebody_decides_a_client_cannot_apply(app, nobody):
    app.config["REGISTRATION"] = "approval"
    assert nobody.post("/users", json=NEW).status_code == 403
    code = invitations.code_of(invitations.create(None, 1, 7))
    db.session.commit()
    assert nobody.post("/users", json=NEW | {"invite": code}).status_code == 201


def test_only_what_is_named_changes(program_of, ana):
    program, path = program_of(ana), f"/users/{ana.id}"
    answer = program.put(path, json={"about_me": "Baker.\r\n\r\n\r\n\r\nReader."})
    assert answer.json["about_me"] == "Baker.\n\nReader."
    assert answer.json["display_name"] == "Ana Duarte"
    assert program.put(path, json={}).status_code == 200
    answer = program.put(path, json={"username": "anna", "display_name": " Anna  D "})
    assert (answer.json["username"], answer.json["display_name"]) == ("anna", "Anna D")
    assert templates() == ["username_changed"]


@pytest.mark.parametrize("field", ["email", "password", "role", "post_count", "id", "is_verified"])
def test_nothing_else_can_be_changed(program_of, ana, field):
    answer = program_of(ana).put(f"/users/{ana.id}", json={field: "x"})
    assert answer.status_code == 422


def test_a_name_that_is_taken_is_a_400(program_of, ana, ben):
    answer = program_of(ana).put(f"/users/{ana.id}", json={"username": "Ben", "about_me": "No."})
    assert answer.status_code == 400
    db.session.refresh(ana)
    assert (ana.username, ana.about_me) == ("ana", "")


def test_following_is_done_once(program_of, ana, ben):
    program, path = program_of(ana), f"/users/{ben.id}/follow"
    for _ in range(2):
        answer = program.put(path)
        assert (answer.status_code, answer.data) == (204, b"")
    assert ben.followers_count == 1
    for _ in range(2):
        assert program.delete(path).status_code == 204
    assert ben.followers_count == 0
    assert program.put(f"/users/{ana.id}/follow").status_code == 403


def test_what_programs_say_of_people_is_found_on_the_site(client, program_of, nobody, ana):
    assert (
        program_of(ana).put(f"/users/{ana.id}", json={"about_me": "Beekeeper"}).status_code == 200
    )
    assert nobody.post("/users", json={**NEW, "about_me": "Beekeeper too"}).status_code == 201
    found = get_page(client, "/search?q=beekeeper&in=people").text
    assert "Ana Duarte" in found and "dora" in found


def test_a_taken_name_does_not_use_up_a_change(app, program_of, ana, ben):
    app.config["RATELIMIT_ENABLED"] = True
    program, path = program_of(ana), f"/users/{ana.id}"
    assert [program.put(path, json={"username": "ben"}).status_code for _ in range(4)] == [400] * 4
    names = ("ana1", "ana2", "ana3", "ana4")
    statuses = [program.put(path, json={"username": name}).status_code for name in names]
    assert statuses == [200] * 3 + [429]


def test_people_are_listed_newest_first_or_by_who_posted_last(program_of, ana, ben, cleo):
    for author in (ana, ben):
        make_post(author)
    program = program_of(ana)
    for sort, expected in [("new", ["cleo", "ben", "ana"]), ("active", ["ben", "ana"])]:
        path, seen = f"/users?sort={sort}&per_page=1", []
        while path:
            answer = program.get(path).json
            assert (answer["_meta"]["total_items"], answer["_meta"]["page"]) == (
                len(expected),
                None,
            )
            seen += [one["username"] for one in answer["items"]]
            path = (answer["_links"]["next"] or "").removeprefix("/api")
        assert seen == expected
    assert program.get("/users?sort=joined").json == program.get("/users").json
    for odd in ("sort=best", "sort=active&day=x", "sort=active&day=20261130", "day=0"):
        assert program.get(f"/users?{odd}").status_code in (400, 422)


def test_people_are_listed_by_how_many_of_those_one_follows_follow_them(program_of, ana, ben, cleo):
    dora, emil = make_user("dora"), make_user("emil")
    for friend in (ben, cleo):
        make_follow(ana, friend)
        make_follow(friend, emil)
    make_follow(ben, dora)
    program, path, seen = program_of(ana), "/users?sort=followed&per_page=1", []
    while path:
        answer = program.get(path).json
        assert (answer["_meta"]["total_items"], answer["_meta"]["total_pages"]) == (2, 2)
        seen += [one["username"] for one in answer["items"]]
        path = (answer["_links"]["next"] or "").removeprefix("/api")
    assert seen == ["emil", "dora"]
    assert answer["_links"]["prev"] == "/api/users?page=1&sort=followed&per_page=1"
