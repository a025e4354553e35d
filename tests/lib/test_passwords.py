"""Hashing and checking passwords."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.security import generate_password_hash

from app.lib import passwords
from app.lib.passwords import (
    PASSWORD_MAX,
    PasswordCost,
    TooBusyError,
    check_password,
    dummy_check,
    hash_password,
    needs_rehash,
)

CHEAP = PasswordCost(memory_kib=8, time_cost=1, parallelism=1)


def test_a_hash_says_argon2id_and_the_usual_cost():
    assert hash_password("secret", PasswordCost()).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_the_same_password_never_gives_the_same_hash():
    assert hash_password("secret", CHEAP) != hash_password("secret", CHEAP)


def test_only_the_password_itself_is_right():
    stored = hash_password(" secret", CHEAP)
    assert check_password(stored, " secret")
    assert not check_password(stored, "secret")
    assert not check_password(stored, " Secret")


@pytest.mark.parametrize("shared", [72, 128])
def test_no_password_is_cut_short(shared):
    stored = hash_password("x" * shared + "a", CHEAP)
    assert not check_password(stored, "x" * shared + "b")
    assert not check_password(stored, "x" * shared)


def test_both_ways_to_type_an_accent_are_right():
    assert check_password(hash_password("caf\u00e9 secret", CHEAP), "cafe\u0301 secret")
    assert check_password(hash_password("cafe\u0301 secret", CHEAP), "caf\u00e9 secret")


@pytest.mark.parametrize("method", ["scrypt:1024:8:1", "pbkdf2:sha256:10"])
def test_an_imported_hash_is_checked_and_due_for_renewal(method):
    stored = generate_password_hash("secret", method=method)
    assert check_password(stored, "secret")
    assert not check_password(stored, "other")
    assert not check_password(stored, "\ud800")
    assert needs_rehash(stored, CHEAP)


@pytest.mark.slow
@pytest.mark.parametrize(
    "stored",
    [
        "",
        "!",
        "secret",
        "$argon2id$",
        "$argon2id$v=19$m=8,t=1,p=1$x$y",
        "$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNo",
        "$2b$12$abcdefghijklmnopqrstuv",
        "scrypt:",
        "scrypt:x:8:1$salt$00",
        "scrypt:3:8:1$salt$00",
        "pbkdf2:nothing:1$salt$00",
        "pbkdf2:sha256$$",
        "plain$$secret",
    ],
)
def test_an_unknown_hash_opens_nothing(stored):
    assert not check_password(stored, "secret")
    assert not check_password(stored, "")
    assert needs_rehash(stored, CHEAP)


def test_a_hash_is_renewed_when_the_cost_changes():
    stored = hash_password("secret", CHEAP)
    assert not needs_rehash(stored, CHEAP)
    assert needs_rehash(stored, CHEAP._replace(time_cost=2))
    assert needs_rehash(stored, CHEAP._replace(memory_kib=16))


def test_a_giant_password_costs_nothing(monkeypatch):
    stored = hash_password("x" * PASSWORD_MAX, CHEAP)
    assert check_password(stored, "x" * PASSWORD_MAX)
    monkeypatch.setattr(passwords, "_slots", None)
    assert not check_password(stored, "x" * (PASSWORD_MAX + 1))
    dummy_check("x" * (PASSWORD_MAX + 1), CHEAP)
    with pytest.raises(ValueError, match="password_problem"):
        hash_password("x" * (PASSWORD_MAX + 1), CHEAP)


def test_nobody_waits_long_for_a_free_slot(monkeypatch):
    stored = hash_password("secret", CHEAP)
    imported = generate_password_hash("secret", method="pbkdf2:sha256:10")
    monkeypatch.setattr(passwords, "_slots", threading.BoundedSemaphore(1))
    monkeypatch.setattr(passwords, "_WAIT_SECONDS", 0.01)
    with passwords._slot():
        for attempt in (
            lambda: hash_password("secret", CHEAP),
            lambda: check_password(stored, "secret"),
            lambda: check_password(imported, "secret"),
            lambda: dummy_check("secret", CHEAP),
        ):
            with pytest.raises(TooBusyError):
                attempt()
    assert check_password(stored, "secret")


def test_a_failed_check_gives_its_slot_back(monkeypatch):
    monkeypatch.setattr(passwords, "_slots", threading.BoundedSemaphore(1))
    for _ in range(3):
        assert not check_password("scrypt:x:8:1$salt$00", "secret")
        assert not check_password("$argon2id$", "secret")


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(codec=None), max_size=40))
def test_any_text_can_be_a_password(password):
    assert check_password(hash_password(password, CHEAP), password)
