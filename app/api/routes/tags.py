"""Follow and unfollow tags, and which ones one follows."""

from __future__ import annotations

from werkzeug.exceptions import NotFound

from app.api.blueprint import operation
from app.api.schemas.tag import FollowedTags, serialize_tag
from app.extensions import db
from app.lib.entities import TAG_MAX, tag_key
from app.services.community import tag_follows
from app.web.rate_limits.rules import hit, per_person
from app.web.viewer import member


@operation("get", "/tags/followed")
def list_followed_tags() -> FollowedTags:
    """List the tags you follow, latest first. Your home has public posts with them."""
    return FollowedTags(items=[serialize_tag(row) for row in tag_follows.of(member())])


@operation("put", "/tags/<tag>/follow", status=204, failures=(409,))
def follow_tag(tag: str) -> None:
    """Follow a tag, written without its `#`; 30 at most. Repeating it changes nothing."""
    key = _key_or_404(tag)
    hit("follow-tag", per_person("300/hour"))
    tag_follows.follow(member(), key)
    db.session.commit()


@operation("delete", "/tags/<tag>/follow", status=204)
def unfollow_tag(tag: str) -> None:
    """Stop following a tag. Repeating it changes nothing."""
    tag_follows.unfollow(member(), _key_or_404(tag))
    db.session.commit()


def _key_or_404(tag: str) -> str:
    key = tag_key(tag)
    if not key or len(key) > TAG_MAX:
        raise NotFound
    return key
