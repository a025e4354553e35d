"""What a token for administration does with people."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from app import db
from app.models import AuditEntry, Token, User
from app.services.accounts import people, roles
from app.services.accounts.roles import Definition
from app.services.community import blocks
from app.services.site.audit import COMMAND_LINE
from tests.api.conftest import Program
from tests.support.factories import enroll, make_passkey, make_token, make_user
from tests.support.mailbox import templates
from tests.support.roles import give_role, make_role, named_role

PEOPLE = "/admin/people"


@pytest.fixture
def boss(app) -> User:
    return make_user("boss", role="administrator")


@pytest.fixture
def program(boss: User, program_of: Callable[..., Program]) -> Program:
    return program_of(boss, "admin")


def names(response) -> list[str]:
    return [one["username"] for one in response.json["items"]]


def test_people_are_found_as_on_the_page(program, boss, ana, ben):
    blocks.block(ben, boss)
    db.session.commit()
    assert names(program.get(PEOPLE)) == ["ben", "ana", "boss"]
    assert names(program.get(f"{PEOPLE}?q=an")) == ["ana"]
    assert names(program.get(f"{PEOPLE}?q=ben%40ex")) == ["ben"]
    assert names(program.get(f"{PEOPLE}?role=Administrator")) == ["boss"]
    assert names(program.get(f"{PEOPLE}?role=nobody")) == []
    assert names(program.get(f"{PEOPLE}?state=closed")) == []
    assert program.get(f"{PEOPLE}?state=x").status_code == 400
    page = program.get(f"{PEOPLE}?per_page=1&role=member")
    assert names(page) == ["ben"]
    assert names(program.get(page.json["_links"]["next"].removeprefix("/api"))) == ["ana"]


def test_one_person_is_shown_with_how_they_sign_in(program, ben):
    make_passkey(ben)
    shown = program.get(f"{PEOPLE}/{ben.id}").json
    assert (shown["email"], shown["role"]) == ("ben@example.com", "member")
    assert (shown["passkey_count"], shown["has_app"], shown["inviter"]) == (1, False, None)
    assert program.get(f"{PEOPLE}/999999").status_code == 404


def test_addresses_are_masked_for_those_who_may_not_see_them(program_of, ben):
    make_role("Helpers", "manage_people", rank=30)
    helper = program_of(make_user("helper", role="helpers"), "admin")
    assert helper.get(f"{PEOPLE}/{ben.id}").json["email"] == "b…@example.com"
    answer = helper.get(f"{PEOPLE}?q=ben%40ex")
    assert names(answer) == []


def test_acts_are_those_of_the_page_and_in_the_same_log(program, boss, ben):
    ben.email_verified_at = None
    make_token(ben)
    db.session.commit()
    for act in ("verify", "reset-link", "end-sessions"):
        assert program.post(f"{PEOPLE}/{ben.id}/{act}").status_code == 204
    assert program.post(f"{PEOPLE}/{ben.id}/verify").status_code == 410
    assert "reset_password" in templates()
    assert not db.session.scalars(Token.live_of(ben)).all()
    entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries] == [
        "verify_address",
        "send_reset_link",
        "end_sessions",
    ]
    assert {(entry.actor_id, entry.person_id) for entry in entries} == {(boss.id, ben.id)}
    assert all(entry.request_id for entry in entries)


def test_nobody_acts_on_a_higher_rank(program_of):
    make_role("Helpers", "manage_people", rank=30)
    helper = program_of(make_user("helper", role="helpers"), "admin")
    mod = make_user("mod", role="moderator")
    for act in ("verify", "reset-link", "end-sessions"):
        assert helper.post(f"{PEOPLE}/{mod.id}/{act}").status_code == 403


@pytest.mark.parametrize("act", ["given away", "edited", "deleted"])
def test_a_token_ends_with_its_role(program_of, ana, act):
    role = make_role("Helpers", "manage_people", "see_jobs", rank=30)
    give_role(ana, "helpers")
    program = program_of(ana, "admin")
    assert program.get(PEOPLE).status_code == 200
    match act:
        case "given away":
            roles.give(ana, named_role("moderator"), COMMAND_LINE)
        case "edited":
            roles.change(role, Definition("Helpers", ["manage_people"], 30), COMMAND_LINE)
        case _:
            roles.delete(role, COMMAND_LINE)
    db.session.commit()
    assert program.get("/me").status_code == 401


def test_it_is_dead_while_its_owner_is_no_staff(program, boss):
    give_role(boss, "member")
    assert program.get("/me").status_code == 401


def test_it_rests_without_a_second_factor(app, program, boss):
    app.config["TWO_FACTOR_FOR_STAFF"] = True
    answer = program.get(PEOPLE)
    assert answer.status_code == 403
    assert "second factor" in answer.json["detail"]
    enroll(boss)
    assert program.get(PEOPLE).status_code == 200
    people.reset_two_factor(boss, COMMAND_LINE)
    db.session.commit()
    assert program.get(PEOPLE).status_code == 401


def test_it_also_reads_and_writes(program):
    assert program.get("/me").json["username"] == "boss"
    assert program.post("/posts", json={"body": "Hello"}).status_code == 201
    assert program.get("/tokens").json["items"][0]["scope"] == "admin"


def test_no_password_makes_one(app, client, boss):
    answer = client.post(
        "/api/tokens", auth=("boss", "correct horse 7 battery"), json={"scope": "admin"}
    )
    assert answer.status_code == 422
