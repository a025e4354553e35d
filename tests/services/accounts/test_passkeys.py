"""Passkeys: what is accepted, and what is refused."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import db
from app.lib.dates import utcnow
from app.models import Passkey, PasskeyChallenge, Token
from app.services.accounts import passkeys, sessions
from app.services.errors import PasskeyRefusedError, TooManyPasskeysError
from tests.support.factories import make_passkey, make_token
from tests.support.mailbox import templates
from tests.support.passkeys import PRESENT, SoftPasskey, encode

HERE, ELSEWHERE = "this browser", "another browser"


def add(user, key: SoftPasskey, name: str = "phone") -> Passkey:
    answer = key.create(passkeys.ask_for_new(user, HERE))
    passkey = passkeys.add(user, name, answer, HERE, keep=None)
    db.session.commit()
    return passkey


def sign_in(key: SoftPasskey, browser: str = HERE):
    user = passkeys.authenticate(key.get(passkeys.ask(HERE)), browser)
    db.session.commit()
    return user


def refuses(key: SoftPasskey) -> bool:
    try:
        sign_in(key)
    except PasskeyRefusedError:
        db.session.rollback()
        return True
    return False


@pytest.fixture
def key(ana) -> SoftPasskey:
    key = SoftPasskey()
    add(ana, key)
    return key


def test_a_passkey_signs_its_owner_in_and_its_use_is_noted(ana, cleo, key):
    other = SoftPasskey()
    add(cleo, other)
    assert sign_in(key) == ana
    assert sign_in(other) == cleo
    row = db.session.scalars(Passkey.of(ana)).one()
    assert row.sign_count == 1
    assert row.last_used_at is not None
    assert sign_in(key) == ana


def test_what_a_browser_is_asked_names_nobody_and_needs_the_owner_verified(ana, key):
    asked = json.loads(passkeys.ask(HERE))
    assert asked["allowCredentials"] == []
    assert asked["userVerification"] == "required"
    assert asked["rpId"] == "localhost"
    new = json.loads(passkeys.ask_for_new(ana, HERE))
    assert new["authenticatorSelection"]["userVerification"] == "required"
    assert new["attestation"] == "none"
    assert new["user"]["id"] == key.handle
    assert len(key.handle) == 43
    assert [known["id"] for known in new["excludeCredentials"]] == [encode(key.credential_id)]


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:5001"},
        {"host": "evil.example"},
        {"flags": PRESENT},
        {"flags": 0},
        {"handle": "somebody else"},
        {"handle": ""},
        {"credential_id": b"unknown"},
        {"key": SoftPasskey().key},
    ],
)
def test_an_answer_that_is_not_right_in_everything_is_refused(key, change):
    for name, value in change.items():
        setattr(key, name, value)
    assert refuses(key)


@pytest.mark.parametrize("change", [{"origin": "https://evil.example"}, {"flags": PRESENT}])
def test_a_new_passkey_of_another_site_or_without_its_owner_is_refused(ana, change):
    with pytest.raises(PasskeyRefusedError):
        add(ana, SoftPasskey(**change))


def test_a_challenge_works_once_and_in_its_browser_alone(ana, key):
    answer = key.get(passkeys.ask(HERE))
    with pytest.raises(PasskeyRefusedError):
        passkeys.authenticate(answer, ELSEWHERE)
    assert passkeys.authenticate(answer, HERE) == ana
    with pytest.raises(PasskeyRefusedError):
        passkeys.authenticate(answer, HERE)


def test_a_challenge_is_for_a_new_passkey_or_for_one_that_is_there(ana, key):
    with pytest.raises(PasskeyRefusedError):
        passkeys.authenticate(key.get(passkeys.ask_for_new(ana, HERE)), HERE)
    with pytest.raises(PasskeyRefusedError):
        passkeys.confirm(ana, key.get(passkeys.ask_for_new(ana, HERE)), HERE)
    asked = json.loads(passkeys.ask_again(ana, HERE))
    answer = SoftPasskey().create(json.dumps(asked | {"user": {"id": ""}}))
    with pytest.raises(PasskeyRefusedError):
        passkeys.add(ana, "phone", answer, HERE, keep=None)
    assert db.session.scalars(sa.select(Passkey.user_handle)).all() == [key.handle]


def test_to_confirm_it_need_not_say_whose_it_is_but_must_not_say_otherwise(ana, cleo, key):
    handle = key.handle
    for said in (handle, ""):
        key.handle = said
        passkeys.confirm(ana, key.get(passkeys.ask_again(ana, HERE)), HERE)
    key.handle = "somebody else"
    with pytest.raises(PasskeyRefusedError):
        passkeys.confirm(ana, key.get(passkeys.ask_again(ana, HERE)), HERE)


def test_that_of_somebody_else_confirms_nothing_and_is_not_noted_as_used(ana, cleo, key):
    other = SoftPasskey()
    add(cleo, other)
    with pytest.raises(PasskeyRefusedError):
        passkeys.confirm(ana, other.get(passkeys.ask_again(ana, HERE)), HERE)
    db.session.commit()
    row = db.session.scalars(Passkey.of(cleo)).one()
    assert row.last_used_at is None and row.sign_count == 0


def test_of_one_that_is_refused_no_use_is_noted(ana, key):
    handle = key.handle
    for said, closed_at in (("somebody else", None), ("", None), (handle, utcnow())):
        key.handle, ana.closed_at = said, closed_at
        db.session.commit()
        with pytest.raises(PasskeyRefusedError):
            passkeys.authenticate(key.get(passkeys.ask(HERE)), HERE)
        # As the page does, so that the challenge stays used.
        db.session.commit()
    row = db.session.scalars(Passkey.of(ana)).one()
    assert row.last_used_at is None and row.sign_count == 0


def test_who_has_none_is_not_asked_for_any(cleo):
    with pytest.raises(PasskeyRefusedError):
        passkeys.ask_again(cleo, HERE)


def test_a_challenge_lasts_ten_minutes_and_is_deleted_then(key):
    answer = key.get(passkeys.ask(HERE))
    earlier = utcnow() - timedelta(seconds=1)
    db.session.execute(sa.update(PasskeyChallenge).values(expires_at=earlier))
    with pytest.raises(PasskeyRefusedError):
        passkeys.authenticate(answer, HERE)
    assert passkeys.purge() == 1
    assert db.session.scalars(sa.select(PasskeyChallenge)).all() == []


def test_a_copy_that_was_used_less_often_is_refused(key):
    sign_in(key)
    sign_in(key)
    key.sign_count = 0
    assert refuses(key)


def test_one_passkey_is_added_once(ana, cleo, key):
    for user in (ana, cleo):
        with pytest.raises(PasskeyRefusedError):
            add(user, key)
        db.session.rollback()


@pytest.mark.parametrize(
    "answer",
    [
        *["", "x", "[]", "{}", "null", "1", '"a"', '{"id": 1}', "{" * 5000, "[" * 19_000],
        *['{"id": "a", "response": {}}', '{"id": "a", "response": {"clientDataJSON": "%%%"}}'],
        *['{"id": "a", "response": {"clientDataJSON": "e30"}}', "x" * 30_000, "\ud800", "\x00"],
        '{"id": "a", "response": {"clientDataJSON": "eyJjaGFsbGVuZ2UiOiB7fX0"}}',
    ],
)
def test_nonsense_is_refused(ana, answer):
    with pytest.raises(PasskeyRefusedError):
        passkeys.authenticate(answer, HERE)
    with pytest.raises(PasskeyRefusedError):
        passkeys.add(ana, "phone", answer, HERE, keep=None)


@pytest.mark.parametrize("part", ["attestationObject", "clientDataJSON", "rawId", "type"])
@pytest.mark.parametrize("value", ["", "AAAA", "%", None, 1, [], {"a": 1}])
def test_a_broken_part_is_refused(ana, part, value):
    answer = json.loads(SoftPasskey().create(passkeys.ask_for_new(ana, HERE)))
    (answer if part in answer else answer["response"])[part] = value
    with pytest.raises(PasskeyRefusedError):
        passkeys.add(ana, "phone", json.dumps(answer), HERE, keep=None)


def test_a_closed_account_is_not_entered(ana, key):
    ana.closed_at = utcnow()
    db.session.commit()
    assert refuses(key)


def test_nobody_has_more_than_twenty(ana):
    for number in range(passkeys.PASSKEYS_MAX):
        make_passkey(ana, f"key {number}")
    with pytest.raises(TooManyPasskeysError):
        add(ana, SoftPasskey())


def test_adding_and_removing_one_signs_out_other_devices_and_tells_by_mail(ana):
    key, kept = SoftPasskey(), sessions.start(ana)[0]
    _, other = sessions.start(ana)
    make_token(ana)
    answer = key.create(passkeys.ask_for_new(ana, HERE))
    passkey = passkeys.add(ana, "phone", answer, HERE, keep=kept)
    assert sessions.find(other) is None
    assert db.session.scalars(sa.select(Token)).all() == []
    _, other = sessions.start(ana)
    passkeys.remove(ana, passkey, keep=kept)
    assert sessions.find(other) is None
    assert kept.expires_at > utcnow()
    assert templates() == ["passkey_added", "passkey_removed"]
    assert refuses(key)


def test_all_are_removed_at_once(ana, cleo, key):
    make_passkey(ana)
    make_passkey(cleo)
    assert passkeys.remove_all(ana) == 2
    assert db.session.scalars(sa.select(Passkey.user_id)).all() == [cleo.id]
    assert passkeys.remove_all(ana) == 0


def test_passkeys_of_an_earlier_host_are_counted(app, ana, key):
    assert passkeys.count_of_other_hosts() == 0
    app.config["BASE_URL"] = "https://example.org"
    assert passkeys.count_of_other_hosts() == 1
    assert passkeys.relying_party().origin == "https://example.org"
    assert refuses(key)
