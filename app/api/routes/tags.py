"""Follow and unfollow tags, and which ones one follows."""

from __future__ import annotations

from app.api.blueprint import operation
from app.api.schemas.tag import FollowedTags, serialize_tag
from app.extensions import db
from app.services.community import tag_follows
from app.web.rate_limits.rules import hit, per_person
from app.web.tags import tag_or_404
from app.web.viewer import member


@operation("get", "/tags/followed")
def list_followed_tags() -> FollowedTags:
    """List the tags you follow, latest first. Your home has public posts with them."""
    return FollowedTags(items=[serialize_tag(row) for row in tag_follows.of(member())])


@operation("put", "/tags/<tag>/follow", status=204, failures=(409,))
def follow_tag(tag: str) -> None:
    """Follow a tag, written without its `#`; 30 at most. Repeating it changes nothing."""
    key = tag_or_404(tag)
    hit("follow-tag", per_person("300/hour"))
    tag_follows.follow(member(), key)
    db.session.commit()


@operation("delete", "/tags/<tag>/follow", status=204)
def unfollow_tag(tag: str) -> None:
    """Stop following a tag. Repeating it changes nothing."""
    tag_follows.unfollow(member(), tag_or_404(tag))
    db.session.commit()
