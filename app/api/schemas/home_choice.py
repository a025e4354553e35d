"""What home shows beside posts."""

from __future__ import annotations

from pydantic import Field

from app import models
from app.api.schemas.base import RequestBody, ResponseBody
from app.services.community.follows import Relationship


class HomeChanges(RequestBody):
    """Changes to what a home shows; fields that are left out stay the same."""

    shows_reposts: bool | None = Field(None, description="What others repost.")
    shows_replies: bool | None = Field(
        None, description="What the people you follow reply to each other and to you."
    )


class HomeChoices(ResponseBody):
    """What a home shows beside posts."""

    shows_reposts: bool
    shows_replies: bool


def serialize_home(person: models.User) -> HomeChoices:
    return HomeChoices(shows_reposts=person.home_has_reposts, shows_replies=person.home_has_replies)


def serialize_follow(known: Relationship) -> HomeChoices:
    return HomeChoices(shows_reposts=known.shows_reposts, shows_replies=known.shows_replies)
