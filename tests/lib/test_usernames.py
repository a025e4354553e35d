"""Which usernames can be taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lib.usernames import (
    RESERVED,
    USERNAME_MAX,
    USERNAME_MIN,
    UsernameProblem,
    username_key,
    username_problem,
)


@pytest.mark.parametrize(
    "name", ["ana", "Ben_2", "a1", "x" * 30, "_ana_", "ana.duarte", "a-b", "42", "ana.jsonp"]
)
def test_a_plain_name_is_fine(name):
    assert username_problem(name) is None


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", UsernameProblem.TOO_SHORT),
        ("a", UsernameProblem.TOO_SHORT),
        ("x" * 31, UsernameProblem.TOO_LONG),
        (".ana", UsernameProblem.BAD_CHARACTERS),
        ("ana.", UsernameProblem.BAD_CHARACTERS),
        ("-ana", UsernameProblem.BAD_CHARACTERS),
        ("a..b", UsernameProblem.BAD_CHARACTERS),
        ("a.-b", UsernameProblem.BAD_CHARACTERS),
        ("__", UsernameProblem.BAD_CHARACTERS),
        ("_._", UsernameProblem.BAD_CHARACTERS),
        ("josé", UsernameProblem.BAD_CHARACTERS),
        ("ana b", UsernameProblem.BAD_CHARACTERS),
        ("ana\n", UsernameProblem.BAD_CHARACTERS),
        ("an\x00a", UsernameProblem.BAD_CHARACTERS),
        ("<b>x", UsernameProblem.BAD_CHARACTERS),
        ("\u212aelvin", UsernameProblem.BAD_CHARACTERS),
        ("١٢٣", UsernameProblem.BAD_CHARACTERS),
        ("ana.atom", UsernameProblem.BAD_CHARACTERS),
        ("ana.JSON", UsernameProblem.BAD_CHARACTERS),
        ("a.b.svg", UsernameProblem.BAD_CHARACTERS),
        ("Admin", UsernameProblem.RESERVED),
        ("ad-min", UsernameProblem.RESERVED),
        ("root_", UsernameProblem.RESERVED),
    ],
)
def test_a_bad_name_is_refused_and_says_why(name, problem):
    assert username_problem(name) is problem


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_a_reserved_name_is_refused(name):
    assert username_problem(name.upper()) is UsernameProblem.RESERVED


def test_the_names_the_product_needs_are_reserved():
    needed = """admin root api static login logout me support moderator system settings explore
    search messages notifications user tag deleted anonymous everyone microblog null"""
    assert RESERVED.issuperset(needed.split())


def test_a_key_lowers_ascii_letters_only():
    assert username_key("BeN_É") == "ben_É"
    assert username_key("\u212a") == "\u212a"


@given(st.text(st.sampled_from("aZ09_.-é\n "), max_size=33))
def test_an_accepted_name_keeps_every_rule(name):
    if username_problem(name) is None:
        assert USERNAME_MIN <= len(name) <= USERNAME_MAX
        assert name.isascii()
        assert name[0] not in ".-"
        assert name[-1] not in ".-"
        assert not any(pair in name for pair in ("..", "--", ".-", "-."))
        assert username_problem(username_key(name)) is None
