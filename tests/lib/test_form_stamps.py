"""When a form was shown, and to whom."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.lib.form_stamps import read_stamp, sign_stamp

AT = datetime(2026, 11, 29, 18, 20, 7, 250_000, UTC)
STAMP = sign_stamp("a secret", "visitor", AT)


def test_it_says_when_the_form_was_shown() -> None:
    assert read_stamp(["a secret"], "visitor", STAMP) == AT


def test_it_outlives_a_change_of_the_secret() -> None:
    assert read_stamp(["a new one", "a secret"], "visitor", STAMP) == AT
    assert read_stamp(["a new one"], "visitor", STAMP) is None


def test_it_is_for_one_visitor() -> None:
    assert read_stamp(["a secret"], "another", STAMP) is None


@pytest.mark.parametrize(
    "stamp",
    [
        "",
        STAMP[:-1],
        STAMP + "0",
        STAMP + "\n",
        STAMP.upper(),
        STAMP.replace("0", "1", 1),
        "f" * 16 + STAMP[16:],
        "\u0660" * 16 + STAMP[16:],
        ".",
        "x" * 10_000,
    ],
)
def test_nobody_makes_one_up(stamp: str) -> None:
    assert read_stamp(["a secret"], "visitor", stamp) is None
