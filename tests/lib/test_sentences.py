"""Splitting a text that is too long for one post."""

from __future__ import annotations

import pytest

from app.lib.sentences import split_text
from app.lib.text import length

SENTENCES = "We met forty times. People brought lamps! Did they work? Two thirds did."


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("Short.", 10, ["Short."]),
        ("", 10, []),
        ("   ", 10, []),
        (
            SENTENCES,
            45,
            ["We met forty times. People brought lamps!", "Did they work? Two thirds did."],
        ),
        ('She said "No." Then she left.', 18, ['She said "No."', "Then she left."]),
        ("First part here.\n\nSecond. Third one.", 25, ["First part here.", "Second. Third one."]),
        ("one two three four", 9, ["one two", "three", "four"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("今天开会。明天休息。后天再说。", 10, ["今天开会。明天休息。", "后天再说。"]),
        ("Well, this is a clause, and so on", 25, ["Well, this is a clause,", "and so on"]),
        # A family is one character.
        ("👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧", 2, ["👨‍👩‍👧👨‍👩‍👧", "👨‍👩‍👧"]),
    ],
)
def test_a_text_is_split_where_a_reader_would_pause(text, limit, parts):
    assert split_text(text, limit) == parts


def test_a_short_first_sentence_does_not_end_a_part():
    text = "Oh. " + "word " * 30
    first, *_rest = split_text(text, 60)
    assert length(first) > 40


@pytest.mark.parametrize("limit", [1, 7, 60, 500])
def test_nothing_is_lost_and_every_part_fits(limit):
    text = (SENTENCES + "\n\n" + "Más — ¿qué? " + "语言很多。" * 20) * 5
    parts = split_text(text, limit)
    assert all(0 < length(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
