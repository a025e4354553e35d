"""Lists of usernames as CSV."""

from __future__ import annotations

import pytest

from app.lib.username_lists import parse_usernames, write_usernames


def test_what_is_written_is_read():
    assert parse_usernames(write_usernames(["ana", "ben.o"])) == ["ana", "ben.o"]
    assert write_usernames([]) == "username\r\n"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("\n\n,\n", []),
        ("ana", ["ana"]),
        ("@ana\r\n ben \r\nana\r\n", ["ana", "ben"]),
        ("Account address,Show boosts\nana@example.com,true\n", ["ana"]),
        ('"ana","x"\n"ben\nsomebody', ["ana", "ben", "somebody"]),
    ],
)
def test_lists_of_other_programs_are_read(text, names):
    assert parse_usernames(text) == names
