"""What is said about notifications: every kind, any number of people, every language."""

from __future__ import annotations

import pytest
from flask_babel import force_locale

from app.models.messages.notification import CHOOSABLE
from app.services.messages.notification_sentences import SENTENCES, sentence_of

NAMES = ["Ana", "Ben", "Cleo"]


def test_every_kind_that_can_be_chosen_has_one():
    assert set(SENTENCES) == set(CHOOSABLE)


@pytest.mark.parametrize(
    ("names", "count", "sentence"),
    [
        (1, 1, "Ana reposted your post"),
        # The others are hidden from the reader.
        (1, 3, "Ana reposted your post"),
        (2, 2, "Ana and Ben reposted your post"),
        (2, 3, "Ana, Ben, and 1 other reposted your post"),
        (3, 40, "Ana, Ben, and 38 others reposted your post"),
    ],
)
def test_a_group_names_two_and_counts_the_others(app, names, count, sentence):
    with app.test_request_context():
        assert sentence_of("repost", NAMES[:names], count) == sentence
        liked = sentence.replace("reposted", "liked")
        assert sentence_of("like", NAMES[:names], count) == liked


@pytest.mark.parametrize("kind", SENTENCES)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_each_is_translated(app, kind, count):
    def said(language: str) -> str:
        with app.test_request_context(), force_locale(language):
            return sentence_of(kind, NAMES[:count], count)

    english, *others = map(said, ("en", "es", "zh"))
    assert all("Ana" in one and one != english for one in others)
