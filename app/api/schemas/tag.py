"""Tags that people follow."""

from __future__ import annotations

from app import models
from app.api.schemas.base import Moment, ResponseBody


class FollowedTag(ResponseBody):
    """A tag that you follow."""

    tag: str
    followed_at: Moment


class FollowedTags(ResponseBody):
    """All tags that you follow."""

    items: list[FollowedTag]


def serialize_tag(row: models.TagFollow) -> FollowedTag:
    return FollowedTag(tag=row.tag, followed_at=row.created_at)
