"""Conversations: mute one, and who may reply in one's own."""

from __future__ import annotations

from app.api.blueprint import operation
from app.api.routes.posts import own_post_or_404, post_or_404
from app.api.schemas.post import RepliesFrom
from app.extensions import db
from app.services.community import conversation_mutes
from app.services.posts import reply_rules
from app.web.rate_limits.rules import hit, per_person
from app.web.viewer import member


@operation("put", "/posts/<int:post_id>/mute", status=204)
def mute_conversation(post_id: int) -> None:
    """Mute the conversation of a post: you are not notified about it anymore."""
    post = post_or_404(post_id)
    hit("mute", per_person("300/hour"))
    conversation_mutes.mute(member(), post)
    db.session.commit()


@operation("delete", "/posts/<int:post_id>/mute", status=204)
def unmute_conversation(post_id: int) -> None:
    """Mute a conversation no longer. Repeating it changes nothing."""
    conversation_mutes.unmute(member(), post_or_404(post_id))
    db.session.commit()


@operation("put", "/posts/<int:post_id>/replies-from", status=204)
def change_replies_from(post_id: int, body: RepliesFrom) -> None:
    """Say who may reply in the thread that your own post begins. Replies to others have no say."""
    hit("edit", per_person("60/10 minutes"))
    reply_rules.change(own_post_or_404(post_id), body.replies_from)
    db.session.commit()
