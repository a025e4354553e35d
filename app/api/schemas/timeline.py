"""Schemas of timelines: posts in their places, which reposts have too."""

from __future__ import annotations

from pydantic import Field

from app.api.schemas.base import KeysetList, ResponseBody
from app.api.schemas.post import Post, serialize_post
from app.models.posts.entry import Entry


class Reposter(ResponseBody):
    """Somebody who reposted a post."""

    id: int
    username: str
    display_name: str


class TimelinePost(Post):
    """A post in its place in a timeline."""

    entry_id: int = Field(
        description="Its place, for `before` and for markers: the id of the post, or of the repost."
    )
    reposted_by: Reposter | None = Field(
        description="Who repeats it here, the latest of them; null where its author wrote it."
    )
    other_reposters_count: int = Field(
        description="How many more of those whose posts the list has repeat it here."
    )


class Timeline(KeysetList[TimelinePost]):
    """Posts and reposts, newest first. A page has each post once."""


def serialize_entry(entry: Entry) -> TimelinePost:
    post = serialize_post(entry.post, entry.post.author)
    one, person = entry.reposter, None
    if one is not None:
        person = Reposter(id=one.id, username=one.username, display_name=one.display_name)
    return TimelinePost(
        **dict(post),
        entry_id=entry.id,
        reposted_by=person,
        other_reposters_count=entry.others_count,
    )
