"""Tokens, keys and signed links."""

import zlib
from datetime import timedelta

import jwt
import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from app.lib.dates import utcnow
from app.lib.tokens import (
    LinkClaims,
    derive_key,
    fingerprint,
    hash_token,
    is_api_token,
    random_api_token,
    random_token,
    read_code,
    read_link,
    sign_code,
    sign_link,
)

SECRET = "one secret that is long enough for anyone"
OTHER = "another secret that is long enough, too"


def signed(**changes):
    payload = {
        "sub": "7",
        "aud": "reset",
        "exp": utcnow() + timedelta(minutes=5),
        "fingerprint": "f",
        "claims": {},
    }
    payload = {name: value for name, value in (payload | changes).items() if value is not None}
    return jwt.encode(payload, derive_key(SECRET, "reset"), algorithm="HS256")


def test_api_tokens_differ_and_know_themselves():
    tokens = {random_api_token() for _ in range(50)}
    assert len(tokens) == 50
    assert all(len(token) == 43 and is_api_token(token) for token in tokens)


@given(st.text(max_size=60))
def test_other_text_is_no_api_token(text):
    assert not is_api_token(text)


@given(st.integers(0, 42), st.sampled_from("abcXYZ019-_é"))
def test_a_slip_of_the_pen_is_found_out(place, character):
    token = random_api_token()
    other = token[:place] + character + token[place + 1 :]
    assert is_api_token(other) == (other == token)


@pytest.mark.parametrize("start", ["xb_" + "a" * 32, "mb_" + "é" * 32, "mb_" + "a" * 31])
def test_a_right_checksum_makes_no_api_token_of_other_text(start):
    assert not is_api_token(start + f"{zlib.crc32(start.encode()):08x}")


def test_random_tokens_differ_and_fit_into_a_url():
    tokens = {random_token() for _ in range(50)}
    assert len(tokens) == 50
    assert all(len(token) == 43 and token.replace("-", "").isascii() for token in tokens)
    assert len(random_token(16)) == 22


def test_a_hashed_token_is_64_hex_digits_whatever_it_was():
    assert hash_token("abc").startswith("ba7816bf")
    assert len(hash_token("\ud800")) == 64


def test_each_purpose_and_each_secret_has_its_own_key():
    keys = {derive_key(secret, what) for secret in (SECRET, OTHER) for what in ("a", "b")}
    assert len(keys) == 4
    assert all(len(key) == 32 for key in keys)


def test_a_link_says_what_was_signed():
    token = sign_link(SECRET, "email", 7, "mark", 10, email="ana@example.com")
    expected = LinkClaims(7, "mark", {"email": "ana@example.com"})
    assert read_link([SECRET], "email", token) == expected


def test_a_link_outlives_the_rotation_of_its_secret():
    token = sign_link(SECRET, "reset", 7, "mark", 10)
    assert read_link([OTHER, SECRET], "reset", token) == LinkClaims(7, "mark")
    assert read_link([OTHER], "reset", token) is None
    assert read_link([], "reset", token) is None


def test_a_link_is_good_for_its_purpose_only():
    assert read_link([SECRET], "confirm", sign_link(SECRET, "reset", 7, "mark", 10)) is None


def test_a_link_expires():
    with time_machine.travel(utcnow() - timedelta(minutes=11), tick=False):
        token = sign_link(SECRET, "reset", 7, "mark", 10)
        assert read_link([SECRET], "reset", token)
    assert read_link([SECRET], "reset", token) is None


@pytest.mark.parametrize(
    "token", ["", "a.b.c", "...", "x" * 5000, "é.ü.ñ", "\ud800", "\x00", "e30.e30."]
)
def test_nonsense_is_no_link(token):
    assert read_link([SECRET], "reset", token) is None


def test_a_link_without_algorithm_is_refused():
    payload = {"sub": "7", "aud": "reset", "exp": utcnow() + timedelta(minutes=5)}
    assert read_link([SECRET], "reset", jwt.encode(payload, None, algorithm="none")) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": "ana"},
        {"sub": None},
        {"exp": None},
        {"aud": None},
        {"fingerprint": None},
        {"fingerprint": 7},
        {"claims": None},
        {"claims": ["a"]},
        {"claims": {"email": 7}},
    ],
)
def test_a_link_of_another_shape_is_refused(changes):
    assert read_link([SECRET], "reset", signed()) == LinkClaims(7, "f")
    assert read_link([SECRET], "reset", signed(**changes)) is None


def test_a_fingerprint_changes_with_any_value():
    marks = [("ab", "c"), ("a", "bc"), ("abc",), (None,), ("None",), ("-",), (), ("",), (1, 2)]
    assert len({fingerprint(*values) for values in marks}) == len(marks)
    assert fingerprint("a", 1) == fingerprint("a", "1")
    assert {len(fingerprint(*values)) for values in marks} == {32}


@given(st.text(), st.text())
def test_any_text_can_be_read_as_a_token(purpose, token):
    assert read_link([SECRET], purpose.encode(errors="replace").decode(), token) is None


@given(st.integers(0, 2**63), st.text(max_size=50).filter(lambda text: text.isprintable()))
def test_what_is_signed_is_read(subject, mark):
    token = sign_link(SECRET, "reset", subject, mark, 1)
    assert read_link([SECRET], "reset", token) == LinkClaims(subject, mark)


def test_a_code_is_short_and_of_one_secret_and_purpose():
    code = sign_code(SECRET, "invitation", "abc")
    assert len(code) == len("abc") + 16
    assert read_code([OTHER, SECRET], "invitation", code) == "abc"
    assert read_code([OTHER], "invitation", code) is None
    assert read_code([SECRET], "other", code) is None
    assert read_code([SECRET], "invitation", "x" + code) is None
