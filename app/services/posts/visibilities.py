"""Who may read a post: what its author wishes, and what it answers allows."""

from __future__ import annotations

import sqlalchemy as sa

from app.extensions import db
from app.models import Block, Follow, Mention, Post, PostTag, User
from app.models.base import Id
from app.models.posts.post import VISIBILITIES
from app.services.errors import RepliesClosedError, WiderVisibilityError
from app.services.posts import counts, threads


def preferred(author: User, parent: Post | None = None) -> str:
    """What `author` chose in the settings, if a reply to `parent` may be as wide."""
    return at_most(author.default_visibility, parent)


def below(parent: Post) -> tuple[str, ...]:
    """What the author of a reply to `parent`, or of itself, may choose: nothing wider."""
    return VISIBILITIES[VISIBILITIES.index(parent.visibility) :]


def at_most(visibility: str, parent: Post | None) -> str:
    """What of this a reply to `parent` can have: nothing wider than that."""
    limit = "public" if parent is None else parent.visibility
    return max(visibility, limit, key=VISIBILITIES.index)


def choose(post: Post, author: User, wish: str | None, parent: Post | None = None) -> None:
    """Say who may read a new post; without a wish, whom its author chose in the settings.

    A reply is never wider than what it answers, whose readers it has if these are followers.
    """
    if parent is not None:
        # Nobody narrows it before this one is written.
        columns = ("visibility", "audience_id")
        db.session.refresh(parent, columns, with_for_update={"read": True})
        check_audience(author, parent)
    post.visibility = at_most(wish or author.default_visibility, parent)
    if post.visibility == "followers":
        post.audience_id = author.id
        if parent is not None and parent.visibility == "followers":
            post.audience_id = parent.audience_id


def check_audience(author: User, parent: Post) -> None:
    """Raises RepliesClosedError where `author` may not write to the readers of `parent`.

    To somebody's followers may write who is one of them, whom they answer themselves, and whom the
    post mentions, or the first of its thread. That one wrote there before is not enough: one may
    have been sent away.
    """
    is_answered = parent.reply_to_author_id == author.id and parent.author_id == parent.audience_id
    if parent.visibility != "followers" or parent.audience_id == author.id or is_answered:
        return
    audience = sa.literal(parent.audience_id, Id)
    is_blocked = Block.between_ids(author.id, audience)
    follows = sa.exists().where(
        Follow.follower_id == author.id, Follow.followed_id == parent.audience_id
    )
    is_mentioned = sa.exists().where(
        Mention.user_id == author.id, Mention.post_id.in_({parent.id, parent.thread_id})
    )
    if not db.session.scalar(sa.select(sa.and_(~is_blocked, sa.or_(follows, is_mentioned)))):
        raise RepliesClosedError(parent.id)


def narrow(post: Post, visibility: str) -> None:
    """Let fewer people read a post, whose row is locked. What was replied stays.

    Raises WiderVisibilityError.
    """
    if visibility not in below(post):
        raise WiderVisibilityError
    threads.count(post, -1)
    post.visibility = visibility
    if visibility == "followers":
        post.audience_id = post.author_id
    db.session.execute(sa.delete(PostTag).where(PostTag.post_id == post.id))
    db.session.flush()
    threads.count(post, 1)
    author = sa.update(User).where(User.id == post.author_id)
    db.session.execute(author.values(last_posted_on=counts.last_day()))
    threads.recount(post)
