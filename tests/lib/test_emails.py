"""Reading e-mail addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lib.emails import EMAIL_MAX, EmailProblem, EmailSyntaxError, parse_email


def problem_of(address):
    with pytest.raises(EmailSyntaxError) as caught:
        parse_email(address)
    return caught.value.problem


def test_the_local_part_is_kept_and_the_key_is_folded():
    assert parse_email(" Ana@Example.COM ") == ("Ana@example.com", "ana@example.com")


def test_the_key_has_the_domain_in_ascii():
    assert parse_email("ana@bücher.example") == (
        "ana@bücher.example",
        "ana@xn--bcher-kva.example",
    )


def test_full_width_characters_are_what_they_look_like():
    assert parse_email("ＵＳＥＲ＠ｅxample.com") == ("USER@example.com", "user@example.com")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ana",
        "ana@",
        "@example.com",
        "ana@example",
        "ana@@example.com",
        "a b@example.com",
        "Ana <ana@example.com>",
        '"ana b"@example.com',
        "ana@[127.0.0.1]",
        "ana@example.test",
        "ana@localhost",
        "ana@example.com\n",
        "ana@example.com\r\nBcc: ben@example.com",
        "ana\x00@example.com",
        "ana\t@example.com",
        "\ud800@example.com",
        "ana@exa\u200bmple.com",
        "x" * 65 + "@example.com",
    ],
)
def test_what_is_no_address_is_refused(address):
    assert problem_of(address) is EmailProblem.SYNTAX


def test_a_long_address_is_refused():
    assert problem_of("ana@" + "x" * 60 + ".example" * 30) is EmailProblem.TOO_LONG


def test_an_address_that_grows_too_long_when_folded_is_refused():
    domain = "a" * 60 + ("." + "b" * 60) * 2 + ".com"
    local = "\u0390" * 30  # each folds to three code points
    assert len(f"{local}@{domain}".encode()) <= EMAIL_MAX
    assert problem_of(f"{local}@{domain}") is EmailProblem.TOO_LONG


@given(st.text() | st.emails())
def test_a_key_is_its_own_key(address):
    try:
        kept, key = parse_email(address)
    except EmailSyntaxError:
        return
    assert len(kept) <= EMAIL_MAX
    assert parse_email(kept) == (kept, key)
