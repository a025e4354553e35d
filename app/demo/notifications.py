"""Notifications of what sample people did to somebody whose pages an owner opens first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.demo.rows import Row, insert_rows
from app.extensions import db
from app.models import (
    Follow,
    Like,
    Mention,
    Notification,
    NotificationChoice,
    NotificationGroup,
    Post,
)
from app.models.messages.notification import KINDS

# The newest ones of each person and kind.
KEPT = 25
# At least so many are new, if there are any at all.
UNREAD_MIN = 3


def add_notifications(
    user_ids: Iterable[int], actor_ids: Sequence[int], unread_since: datetime
) -> None:
    """Notify each of `user_ids` of what those with `actor_ids` did."""
    rows: list[Row] = []
    for user_id in user_ids:
        events = _kept(_events(user_id, actor_ids[0], actor_ids[-1]))
        newest = [event["created_at"] for event in events[-UNREAD_MIN:]]
        since = min([unread_since, *newest])
        for event in events:
            # Seen a while later, but before the next visit.
            seen_at = min(event["created_at"] + timedelta(hours=1), since)
            event["read_at"] = seen_at if event["created_at"] < since else None
        rows += events
    rows.sort(key=lambda row: row["created_at"])
    _group(rows, insert_rows(Notification, rows) if rows else [])


def add_choices(user_ids: Sequence[int]) -> None:
    """Some hear of likes by people they follow alone, or not at all. Nobody gets an email."""
    rows = [
        {"user_id": user_id, "name": "like", "delivery": delivery, "from_whom": from_whom}
        for ids, delivery, from_whom in (
            (user_ids[::5], "site", "followed"),
            (user_ids[1::10], "none", "everyone"),
        )
        for user_id in ids
    ]
    if rows:
        db.session.execute(sa.insert(NotificationChoice), rows)


def _group(rows: Sequence[Row], ids: Sequence[int]) -> None:
    """Show each, but the likes of a post on a day together, and its reposts."""
    groups: dict[object, Row] = {}
    for row, row_id in zip(rows, ids, strict=True):
        at, is_grouped = row["created_at"], KINDS[row["name"]].is_grouped
        day = at.replace(hour=0, minute=0, second=0, microsecond=0) if is_grouped else None
        key = (row["user_id"], row["name"], row["post_id"], day) if is_grouped else row_id
        known = groups.get(key, {"count": 0, "read_at": None})
        groups[key] = {name: row[name] for name in ("name", "user_id", "post_id", "read_at")} | {
            "day": day,
            "count": known["count"] + 1,
            "newest_id": row_id,
            "created_at": at,
        }
    if groups:
        db.session.execute(sa.insert(NotificationGroup), list(groups.values()))


def _kept(events: Sequence[Row]) -> list[Row]:
    """The newest KEPT of each kind, in the same order."""
    left = Counter(event["name"] for event in events)
    kept = []
    for event in events:
        if left[event["name"]] <= KEPT:
            kept.append(event)
        left[event["name"]] -= 1
    return kept


def _events(user_id: int, first_id: int, last_id: int) -> list[Row]:
    """What the people with ids in this range did to `user_id`, oldest first."""
    follows = sa.select(Follow.follower_id, Follow.created_at).where(
        Follow.followed_id == user_id, Follow.follower_id.between(first_id, last_id)
    )
    mentions = sa.select(Post.author_id, Post.created_at, Post.id).join(
        Mention, Mention.post_id == Post.id
    )
    mentions = mentions.where(
        Mention.user_id == user_id,
        Post.author_id.between(first_id, last_id),
        Post.author_id != user_id,
    )
    parent = aliased(Post)
    replies = sa.select(Post.author_id, Post.created_at, Post.id)
    replies = replies.join(parent, parent.id == Post.reply_to_id).where(
        parent.author_id == user_id,
        Post.author_id.between(first_id, last_id),
        Post.author_id != user_id,
    )
    likes = sa.select(Like.user_id, Like.created_at, Like.post_id)
    likes = likes.join(Post, Post.id == Like.post_id).where(
        Post.author_id == user_id, Like.user_id.between(first_id, last_id)
    )
    repost = aliased(Post)
    reposts = sa.select(repost.author_id, repost.created_at, Post.id)
    reposts = reposts.join(Post, Post.id == repost.repost_of_id).where(
        Post.author_id == user_id, repost.author_id.between(first_id, last_id)
    )
    rows: list[Row] = [
        {"name": "follow", "actor_id": actor_id, "created_at": at, "post_id": None}
        for actor_id, at in db.session.execute(follows)
    ]
    rows += [
        {"name": name, "actor_id": actor_id, "created_at": at, "post_id": post_id}
        for name, found in (
            ("mention", mentions),
            ("reply", replies),
            ("like", likes),
            ("repost", reposts),
        )
        for actor_id, at, post_id in db.session.execute(found)
    ]
    for row in rows:
        row |= {"user_id": user_id, "payload": {}}
    return sorted(rows, key=lambda row: (row["created_at"], row["name"], row["actor_id"]))
