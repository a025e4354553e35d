"""Tags that the people to sign in as follow."""

from __future__ import annotations

from collections.abc import Sequence

from app.demo.network import DemoNetwork
from app.extensions import db
from app.models import User
from app.services.community import tag_follows

# By their place: each of them follows the first tag of these topics in their language. None that
# they filter.
TOPICS = (0, 2)


def add_tag_follows(network: DemoNetwork, user_ids: Sequence[int]) -> None:
    """Let each of `user_ids` follow tags that others write about."""
    languages = {language.code: language for language in network.languages}
    for user_id in user_ids:
        person = db.session.get_one(User, user_id)
        topics = languages[person.language or "en"].topics
        for place in TOPICS:
            tag_follows.follow(person, topics[place].tags[0])
