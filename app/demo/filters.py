"""Filters of the people to sign in as: a word and a tag that others write about a lot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from app.demo.network import DemoNetwork
from app.extensions import db
from app.lib.word_filters import Word
from app.models import User
from app.services.community import filters
from app.services.community.filters import Definition

# By language: a title, if there is one, and words.
FILTERED = {
    "en": (None, ("#football", "referee")),
    "es": ("Deporte", ("#fútbol", "#partido")),
    "zh": (None, ("广场舞",)),
}
FOR_A_WHILE = timedelta(days=30)


def add_filters(network: DemoNetwork, user_ids: Sequence[int]) -> None:
    """Let each of `user_ids` filter something in lists, the first of them for a while."""
    for number, user_id in enumerate(user_ids):
        person = db.session.get_one(User, user_id)
        title, words = FILTERED[person.language or "en"]
        definition = Definition(
            words=[Word(word, is_whole=True) for word in words],
            contexts=("home", "public"),
            title=title,
            expires_at=None if number else network.now + FOR_A_WHILE,
        )
        filters.create(person, definition)
