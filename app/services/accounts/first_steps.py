"""First steps of a new member: follow a few people, say hello, fill in the profile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.models import User
from app.services.accounts import directory

# With so many a home is alive.
FOLLOWS_WANTED = 5
PEOPLE_SHOWN = 6


@dataclass(frozen=True)
class FirstSteps:
    """What somebody has not done yet."""

    people: Sequence[User] = ()
    has_to_post: bool = False
    has_to_describe: bool = False


def first_steps_of(user: User) -> FirstSteps | None:
    """The steps before `user`, None for whoever is not new here: they have posted and follow five.

    Known from the counters of `user` alone, but for the people to follow.
    """
    has_to_follow = user.following_count < FOLLOWS_WANTED
    has_to_post = user.posts_count == 0
    people = directory.suggestions(user, PEOPLE_SHOWN) if has_to_follow else []
    if not people and not has_to_post:
        return None
    return FirstSteps(people, has_to_post, has_to_describe=not user.about_me)
