"""Drafts of the people to sign in as: what they have begun to write."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app

from app.demo import texts
from app.demo.network import DemoNetwork
from app.extensions import db
from app.models import User
from app.services.posts import drafts
from app.services.posts.drafts import Writing


def add_drafts(network: DemoNetwork, user_ids: Sequence[int]) -> None:
    """Let each of `user_ids` have begun something."""
    rng, limit = network.rng, int(current_app.config["POST_MAX_LENGTH"])
    for number, user_id in enumerate(user_ids):
        person = db.session.get_one(User, user_id)
        language = network.language_of(number)
        topic = language.topics[number % len(language.topics)]
        body = texts.make_text(rng, language, topic, None, limit)
        drafts.save(person, f"demo-{user_id}", Writing(body))
