"""Tokens of programs: for a password, by name, and their end."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from app import db
from app.lib.dates import utcnow
from app.lib.tokens import hash_token
from app.models import Notification, Session, Token
from app.services.accounts import accounts, passwords, sessions, tokens
from tests.support.factories import (
    PASSWORD,
    RECOVERY_CODE,
    code_of,
    enroll,
    make_token,
    make_user,
)
from tests.support.mailbox import read, templates, waiting

ANA = ("ana", PASSWORD)
OTHER = "another 9 quiet afternoons"


def rows() -> list[Token]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(Token).order_by(Token.id)))


def test_a_password_gives_a_token_for_an_hour(nobody, ana):
    with time_machine.travel(utcnow(), tick=False):
        answer = nobody.post("/tokens", auth=ANA)
        assert answer.status_code == 200
        assert rows()[0].expires_at == utcnow() + timedelta(hours=1)
    assert set(answer.json) == {
        "token",
        "id",
        "name",
        "scope",
        "created_at",
        "expires_at",
        "last_used_at",
    }
    assert answer.headers["Cache-Control"] == "no-store"
    secret = nobody.secret = answer.json["token"]
    assert secret.startswith("mb_") and len(secret) == 43
    assert nobody.get("/me").json["username"] == "ana"
    assert rows()[0].token_hash == hash_token(secret)


def test_the_address_is_as_good_as_the_name(nobody, ana):
    assert nobody.post("/tokens", auth=("ana@example.com", PASSWORD)).status_code == 200


@pytest.mark.parametrize(
    "pair",
    [
        ("ana", "wrong"),
        ("nobody", PASSWORD),
        ("", ""),
        ("a\0na", PASSWORD),
        ("ana", "x" * 2000),
        ("'; --", PASSWORD),
    ],
)
def test_a_wrong_password_gives_none(nobody, ana, pair):
    answer = nobody.post("/tokens", auth=pair)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert rows() == []


@pytest.mark.parametrize("header", ["Basic", "Basic =", "Basic /w==", "Bearer x", "Basic YW5h"])
def test_a_header_that_says_nothing_gives_none(nobody, ana, header):
    assert nobody.post("/tokens", headers={"Authorization": header}).status_code == 401


def test_guesses_count_at_the_sign_in_page_too(app, nobody, client, ana):
    app.config["RATELIMIT_ENABLED"] = True
    for _ in range(10):
        assert nobody.post("/tokens", auth=("ana", "wrong")).status_code == 401
    refused = nobody.post("/tokens", auth=ANA)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    page = client.get("/auth/login").get_data(as_text=True)
    field = page.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    form = {"username": "ana", "password": PASSWORD, "csrf_token": field}
    assert client.post("/auth/login", data=form).status_code == 429


def test_no_spelling_of_an_address_gives_more_guesses(app, nobody, ana):
    app.config["RATELIMIT_ENABLED"] = True
    wide = str.maketrans({letter: chr(ord(letter) + 0xFEE0) for letter in "example"})
    names = [
        f"\u2003ana@{'example'[:end].translate(wide)}{'example'[end:]}.com" for end in range(8)
    ]
    names += ["ana@example.com", "\u3000ANA@example.com\u2003", "\x85ana@example.com"]
    assert nobody.post("/tokens", auth=(names[1], PASSWORD)).status_code == 200
    statuses = [nobody.post("/tokens", auth=(name, "wrong")).status_code for name in names]
    assert statuses == [401] * 10 + [429]
    assert nobody.post("/tokens", auth=("ana@example.com", PASSWORD)).status_code == 429


@pytest.mark.slow
def test_the_right_password_does_not_use_up_tries(app, nobody, ana):
    app.config["RATELIMIT_ENABLED"] = True
    for _ in range(12):
        assert nobody.post("/tokens", auth=ANA).status_code == 200


def test_whoever_has_not_confirmed_gets_none(app, nobody):
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    make_user("una", email_verified_at=None)
    assert nobody.post("/tokens", auth=("una", PASSWORD)).status_code == 403


def test_a_closed_account_gets_none(nobody, ana):
    accounts.close(ana)
    db.session.commit()
    assert nobody.post("/tokens", auth=ANA).status_code == 401


def test_the_door_for_passwords_can_be_shut(app, nobody, ana):
    app.config["API_PASSWORD_TOKENS"] = False
    assert nobody.post("/tokens", auth=ANA).status_code == 403


def test_a_named_token_lives_as_long_as_was_asked_for(nobody, ana):
    with time_machine.travel(utcnow(), tick=False):
        for body, days in (({}, 90), ({"expires_in_days": 7}, 7), ({"expires_in_days": 365}, 365)):
            answer = nobody.post("/tokens", auth=ANA, json={"name": "backup", **body})
            assert answer.json["name"] == "backup"
            assert rows()[-1].expires_at == utcnow() + timedelta(days=days)
    assert templates() == ["token_created"] * 3
    text = read(waiting("token_created")[0])
    assert "backup" in text and "mb_" not in text


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": "  "},
        {"name": "x" * 51},
        {"name": 5},
        {"name": "x", "scope": "admin"},
        {"name": "x", "expires_in_days": 366},
        {"name": "x", "expires_in_days": 0},
        {"name": "x", "expires_in_days": True},
        {"name": "x", "expires_in_days": "7"},
        {"expires_in_days": 7},
        {"user_id": 2},
    ],
)
def test_a_token_cannot_be_more_than_it_may(nobody, ana, body):
    assert nobody.post("/tokens", auth=ANA, json=body).status_code == 422
    assert rows() == []


@pytest.mark.parametrize("code", [None, "", "000000", "7kd2-m9xz"])
def test_with_two_factor_sign_in_the_password_alone_gives_none(nobody, ana, code):
    enroll(ana)
    answer = nobody.post("/tokens", json={"code": code}, auth=ANA)
    assert answer.status_code == 401
    assert [error["field"] for error in answer.json["errors"]] == ["code"]
    assert "code" in answer.json["detail"]
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert nobody.post("/tokens", auth=ANA).status_code == 401
    assert rows() == []


def test_a_code_gives_a_token_once(nobody, ana):
    code = code_of(enroll(ana))
    assert nobody.post("/tokens", json={"code": code}, auth=ANA).status_code == 200
    assert nobody.post("/tokens", json={"code": code}, auth=ANA).status_code == 401
    assert nobody.post("/tokens", json={"code": RECOVERY_CODE}, auth=ANA).status_code == 200
    assert nobody.post("/tokens", json={"code": "1" * 21}, auth=ANA).status_code == 422
    assert nobody.post("/tokens", json={"code": 123456}, auth=ANA).status_code == 422
    assert len(rows()) == 2


def test_a_wrong_password_is_never_helped_by_a_code(nobody, ana):
    code = code_of(enroll(ana))
    answer = nobody.post("/tokens", json={"code": code}, auth=("ana", "wrong"))
    assert answer.status_code == 401
    assert answer.json["errors"] == []
    assert nobody.post("/tokens", json={"code": code}, auth=ANA).status_code == 200


def test_guessing_codes_has_a_limit(app, nobody, ana):
    app.config["RATELIMIT_ENABLED"] = True
    secret = enroll(ana)
    wrong = [nobody.post("/tokens", json={"code": "000000"}, auth=ANA) for _ in range(6)]
    assert [answer.status_code for answer in wrong] == [401] * 5 + [429]
    assert nobody.post("/tokens", json={"code": code_of(secret)}, auth=ANA).status_code == 429


def test_programs_that_use_the_password_often_bring_one_mail_and_leave_few_tokens(nobody, ana):
    for _ in range(15):
        assert nobody.post("/tokens", auth=ANA).status_code == 200
    assert templates() == ["password_token"]
    assert len(rows()) == tokens.UNNAMED_MAX
    with time_machine.travel(utcnow() + timedelta(hours=25), tick=False):
        assert nobody.post("/tokens", auth=ANA).status_code == 200
    assert templates() == ["password_token"] * 2


def test_nobody_has_more_than_thirty_named_tokens(nobody, ana):
    for _ in range(30):
        make_token(ana, name="x")
    assert nobody.post("/tokens", auth=ANA, json={"name": "one more"}).status_code == 409
    assert nobody.post("/tokens", auth=ANA).status_code == 200


def test_tokens_are_listed_without_their_secrets(program_of, ana, ben):
    make_token(ben, name="not hers")
    make_token(ana, name="old", expires_at=utcnow())
    make_token(ana, name="backup")
    answer = program_of(ana, "read").get("/tokens")
    assert [one["name"] for one in answer.json["items"]] == ["", "backup"]
    assert "mb_" not in answer.get_data(as_text=True)
    assert "not hers" not in answer.get_data(as_text=True)


def test_a_token_ends_itself(program_of, ana):
    program, other = program_of(ana, "read"), program_of(ana)
    answer = program.delete("/tokens")
    assert (answer.status_code, answer.data) == (204, b"")
    assert program.get("/me").status_code == 401
    assert other.get("/me").status_code == 200


def test_one_token_is_ended_by_its_owner_alone(program_of, ana, ben):
    token = make_token(ana)
    path = f"/tokens/{token.id}"
    assert program_of(ben).delete(path).status_code == 404
    assert program_of(ana, "read").delete(path).status_code == 403
    program = program_of(ana)
    assert [program.delete(path).status_code for _ in range(2)] == [204, 404]


def test_a_token_works_no_longer_than_it_should(program_of, ana):
    program = program_of(ana)
    with time_machine.travel(utcnow() + timedelta(minutes=61)):
        assert program.get("/me").status_code == 401
        assert tokens.purge() == 1


def test_a_token_with_a_slip_of_the_pen_asks_no_database(program_of, ana):
    program = program_of(ana)
    program.secret = program.secret[:-1] + ("0" if program.secret[-1] != "0" else "1")
    assert program.get("/me").status_code == 401
    for odd in ("mb_", "é", "mb_" + "x" * 40, "x" * 5000):
        assert tokens.find(odd) is None


def test_its_use_is_noted_at_most_once_an_hour(program_of, ana):
    program = program_of(ana)
    assert program.get("/me").status_code == 200
    noted = rows()[0].last_used_at
    assert noted is not None
    program.get("/me")
    assert rows()[0].last_used_at == noted
    row = rows()[0]
    row.last_used_at = noted - timedelta(minutes=61)
    db.session.commit()
    program.get("/me")
    assert rows()[0].last_used_at >= noted


@pytest.mark.parametrize("event", ["password", "close", "everything"])
def test_tokens_die_with_what_they_stood_for(program_of, ana, event):
    program = program_of(ana)
    match event:
        case "password":
            passwords.change(ana, PASSWORD, OTHER, keep=None)
        case "close":
            accounts.close(ana)
        case "everything":
            sessions.end_all(ana)
    db.session.commit()
    assert program.get("/me").status_code == 401


def test_signing_out_other_devices_leaves_programs_alone(program_of, ana):
    program = program_of(ana)
    sessions.start(ana)
    assert sessions.end_devices(ana) == 1
    db.session.commit()
    assert program.get("/me").status_code == 200
    assert db.session.scalars(Session.open_of(ana)).all() == []


def test_a_new_token_is_told_among_the_security_notices(ana):
    tokens.create(ana, "reader", "read")
    db.session.commit()
    told = db.session.scalars(sa.select(Notification)).one()
    assert (told.user_id, told.payload["event"]) == (ana.id, "token_created")
