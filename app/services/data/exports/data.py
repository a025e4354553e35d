"""The content of an archive: JSON files and HTML pages, written in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, aliased, selectinload

from app.database.transactions import end_read
from app.extensions import db
from app.models import (
    Block,
    Bookmark,
    ConversationMute,
    Draft,
    Filter,
    Follow,
    Like,
    Message,
    Mute,
    Post,
    PostRevision,
    PostTag,
    SecurityEvent,
    TagFollow,
    User,
)
from app.services.data.exports.pages import ArchiveItem, ArchivePages
from app.services.data.exports.zip import ZipWriter
from app.services.messages import notification_choices
from app.services.posts import markers
from app.services.posts.composition import compose_in

READ_BATCH = 500
FOLLOW_CHOICES = (Follow.shows_reposts, Follow.shows_replies)

Select = sa.Select[*tuple[Any, ...]]


def write(user: User, path: Path) -> Iterator[int]:
    """Write the archive of `user` to `path`, and yield the percentage whenever it grows.

    No transaction is open at a yield, nor during writes to the disk.
    """
    user_id, total, done, reported = user.id, _row_count(user), 0, 0
    with ZipWriter(path) as zipped:
        pages = ArchivePages(user, zipped)
        zipped.add_json("profile.json", _profile_of(user) | _notified_of(user))
        end_read()
        for chunk in _contents(user_id, zipped, pages):
            done += chunk
            # 100 is reserved for the finished file.
            percent = min(99, 100 * done // max(total, 1))
            if percent > reported:
                reported = percent
                yield percent
        pages.finish()


def _contents(user_id: int, zipped: ZipWriter, pages: ArchivePages) -> Iterator[int]:
    """Write all rows; yields the number of rows in each chunk."""
    yield from _write_posts(user_id, zipped, pages)
    yield from _write_messages(user_id, zipped, pages)
    yield from _write_security_log(user_id, zipped)
    yield from _write_filters(user_id, zipped)
    yield from _write_followed_tags(user_id, zipped)
    yield from _write_drafts(user_id, zipped)
    # Whom they block and mute, never who blocks or mutes them.
    pairs: dict[str, tuple[Any, ...]] = {
        "following": (Follow, Follow.follower_id, Follow.followed_id, *FOLLOW_CHOICES),
        "followers": (Follow, Follow.followed_id, Follow.follower_id),
        "blocked": (Block, Block.blocker_id, Block.blocked_id),
        "muted": (Mute, Mute.muter_id, Mute.muted_id),
    }
    for name, (model, mine, other_id, *choices) in pairs.items():
        keys = [choice.key for choice in choices]
        rows = sa.select(model.id, User.username, model.created_at, *choices)
        rows = rows.join(User, User.id == other_id).where(mine == user_id, User.closed_at.is_(None))
        people = zipped.add_list(f"{name}.json", name)
        for chunk in _chunks(rows, model.id):
            people.extend(
                {"username": username, "since": _iso(since), **dict(zip(keys, values, strict=True))}
                for _, username, since, *values in chunk
            )
            yield len(chunk)
    # By their ids, since what others wrote is not theirs to take.
    marks: dict[str, tuple[type[Any], Any]] = {
        "likes": (Like, Like.post_id),
        "bookmarks": (Bookmark, Bookmark.post_id),
        "muted_conversations": (ConversationMute, ConversationMute.root_id),
    }
    for name, (mark, post_id) in marks.items():
        rows = sa.select(mark.id, post_id, mark.created_at).where(mark.user_id == user_id)
        yield from _write_marks(zipped, name, rows, mark.id)
    reposts = sa.select(Post.id, Post.repost_of_id, Post.created_at)
    reposts = reposts.where(Post.author_id == user_id, Post.repost_of_id.is_not(None))
    yield from _write_marks(zipped, "reposts", reposts, Post.id)
    first = aliased(Post)
    folded = sa.select(Post.id, Post.id, Post.folded_at).join(first, first.id == Post.root_id)
    folded = folded.where(first.author_id == user_id, Post.folded_at.is_not(None))
    yield from _write_marks(zipped, "hidden_replies", folded, Post.id)


def _write_marks(
    zipped: ZipWriter, name: str, rows: Select, key: InstrumentedAttribute[int]
) -> Iterator[int]:
    """Which posts they like, bookmark, repost, hear no more of, or hide in their threads."""
    marks = zipped.add_list(f"{name}.json", name)
    for chunk in _chunks(rows, key):
        marks.extend({"post_id": post_id, "since": _iso(since)} for _, post_id, since in chunk)
        yield len(chunk)


def _write_posts(user_id: int, zipped: ZipWriter, pages: ArchivePages) -> Iterator[int]:
    brief = zipped.add_list("posts.json", "posts")
    full = zipped.add_list("posts_with_history.json", "posts")
    posts = sa.select(
        Post.id,
        Post.body,
        Post.html,
        Post.created_at,
        Post.title,
        Post.content_note,
        Post.required_note,
        Post.language,
        Post.edited_at,
        Post.reply_to_id,
        Post.visibility,
        Post.replies_from,
        Post.pinned_at,
    )
    mine = posts.where(
        Post.author_id == user_id, Post.deleted_at.is_(None), Post.repost_of_id.is_(None)
    )
    for chunk in _chunks(mine, Post.id):
        ids = [post.id for post in chunk]
        versions = _by_post(_versions_of(ids))
        tags = _by_post(sa.select(PostTag.post_id, PostTag.tag).where(PostTag.post_id.in_(ids)))
        tags |= {p.id: _tags_in(p) for p in chunk if p.visibility != "public"}
        end_read()
        brief.extend({"body": p.body, "timestamp": _iso(p.created_at)} for p in chunk)
        full.extend(_post(p, tags.get(p.id, ()), versions.get(p.id, ())) for p in chunk)
        pages.add(map(_post_item, chunk))
        yield len(chunk)


def _write_messages(user_id: int, zipped: ZipWriter, pages: ArchivePages) -> Iterator[int]:
    """The messages they sent. Messages from others are not theirs to take."""
    messages = zipped.add_list("messages.json", "messages")
    fields = (Message.id, Message.body, Message.html, Message.created_at)
    sent = sa.select(*fields, User.username).outerjoin(
        # Whoever has closed their account is somebody who left, also before it is erased.
        User,
        sa.and_(User.id == Message.recipient_id, User.closed_at.is_(None)),
    )
    for chunk in _chunks(sent.where(Message.sender_id == user_id), Message.id):
        messages.extend(
            {"to": m.username, "body": m.body, "sent_at": _iso(m.created_at)} for m in chunk
        )
        pages.add(
            ArchiveItem("messages", m.id, m.body, m.html, m.created_at, to=m.username)
            for m in chunk
        )
        yield len(chunk)


def _write_security_log(user_id: int, zipped: ZipWriter) -> Iterator[int]:
    log = zipped.add_list("security_log.json", "events")
    fields = (SecurityEvent.id, SecurityEvent.name, SecurityEvent.facts, SecurityEvent.created_at)
    for chunk in _chunks(
        sa.select(*fields).where(SecurityEvent.user_id == user_id), SecurityEvent.id
    ):
        log.extend({"event": e.name, "at": _iso(e.created_at), **e.facts} for e in chunk)
        yield len(chunk)


def _write_filters(user_id: int, zipped: ZipWriter) -> Iterator[int]:
    """The words they filter. They are few, so in one piece."""
    own = sa.select(Filter).where(Filter.user_id == user_id, Filter.deleted_at.is_(None))
    rows = db.session.scalars(own.options(selectinload(Filter.keywords)).order_by(Filter.id)).all()
    found = [
        {
            "title": row.title,
            "contexts": row.contexts,
            "action": row.action,
            "created_at": _iso(row.created_at),
            "expires_at": row.expires_at and _iso(row.expires_at),
            "keywords": [
                {"keyword": one.keyword, "whole_word": one.whole_word} for one in row.keywords
            ],
        }
        for row in rows
    ]
    end_read()
    zipped.add_list("filters.json", "filters").extend(found)
    yield len(found)


def _write_followed_tags(user_id: int, zipped: ZipWriter) -> Iterator[int]:
    tags = zipped.add_list("followed_tags.json", "tags")
    rows = sa.select(TagFollow.id, TagFollow.tag, TagFollow.created_at)
    for chunk in _chunks(rows.where(TagFollow.user_id == user_id), TagFollow.id):
        tags.extend({"tag": tag, "since": _iso(since)} for _, tag, since in chunk)
        yield len(chunk)


def _write_drafts(user_id: int, zipped: ZipWriter) -> Iterator[int]:
    found = zipped.add_list("drafts.json", "drafts")
    fields = (Draft.id, Draft.title, Draft.body, Draft.content_note, Draft.visibility)
    rows = sa.select(*fields, Draft.reply_to_id, Draft.saved_at)
    rows = rows.add_columns(Draft.more, Draft.replies_from, Draft.language, Draft.publish_at)
    own = rows.where(Draft.author_id == user_id, Draft.deleted_at.is_(None))
    for chunk in _chunks(own, Draft.id):
        found.extend(
            {
                "title": row.title,
                "body": row.body,
                "more": row.more or [],
                "content_note": row.content_note,
                "visibility": row.visibility,
                "replies_from": row.replies_from,
                "language": row.language,
                "reply_to_post_id": row.reply_to_id,
                "publish_at": _iso(row.publish_at) if row.publish_at else None,
                "saved_at": _iso(row.saved_at),
            }
            for row in chunk
        )
        yield len(chunk)


def _chunks(rows: Select, key: InstrumentedAttribute[int]) -> Iterator[Sequence[Any]]:
    """The rows in batches, ordered by `key`, which is their first column."""
    last = 0
    while chunk := db.session.execute(rows.where(key > last).order_by(key).limit(READ_BATCH)).all():
        last = chunk[-1][0]
        end_read()
        yield chunk


def _by_post(rows: Select) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = {}
    for post_id, *values in db.session.execute(rows):
        groups.setdefault(post_id, []).append(values)
    return groups


def _versions_of(ids: Iterable[int]) -> Select:
    old = PostRevision
    texts = (old.title, old.body, old.content_note)
    rows = sa.select(old.post_id, *texts, old.written_at, old.replaced_at)
    return rows.where(old.post_id.in_(ids)).order_by(old.id)


def _tags_in(post: Any) -> list[Any]:
    """The tags of a post that no list of a tag has."""
    composed = compose_in(post.language, post.body, title=post.title or "")
    return [(tag,) for tag in composed.tags]


def _post(post: Any, tags: Iterable[Any], versions: Iterable[Any]) -> dict[str, Any]:
    return {
        "id": post.id,
        "title": post.title,
        "body": post.body,
        "content_note": post.content_note,
        "required_note": post.required_note,
        "language": post.language,
        "created_at": _iso(post.created_at),
        "edited_at": post.edited_at and _iso(post.edited_at),
        "reply_to_id": post.reply_to_id,
        "visibility": post.visibility,
        "replies_from": post.replies_from,
        "pinned_at": post.pinned_at and _iso(post.pinned_at),
        "tags": sorted(tag for (tag,) in tags),
        "earlier_versions": [
            {
                "title": title,
                "body": body,
                "content_note": note,
                "written_at": _iso(written_at),
                "replaced_at": _iso(replaced_at),
            }
            for title, body, note, written_at, replaced_at in versions
        ],
    }


def _post_item(post: Any) -> ArchiveItem:
    return ArchiveItem(
        kind="posts",
        id=post.id,
        body=post.body,
        html=post.html,
        at=post.created_at,
        title=post.title,
        note=post.required_note or post.content_note,
        language=post.language,
        edited_at=post.edited_at,
    )


def _profile_of(user: User) -> dict[str, Any]:
    marker = markers.home_marker(user)
    return {
        "username": user.username,
        "display_name": user.display_name,
        "about_me": user.about_me,
        "email": user.email,
        "joined_at": _iso(user.created_at),
        "language": user.language,
        "time_zone": user.time_zone,
        "theme": user.theme,
        "uses_shortcuts": user.uses_shortcuts,
        "shows_last_seen": user.shows_last_seen,
        "approves_followers": user.approves_followers,
        "default_visibility": user.default_visibility,
        "hides_follows": user.hides_follows,
        "is_discoverable": user.is_discoverable,
        "is_indexable": user.is_indexable,
        "messages_from": user.messages_from,
        "home_has_reposts": user.home_has_reposts,
        "home_has_replies": user.home_has_replies,
        "read_up_to_post_id": marker and marker.last_read_id,
    }


def _notified_of(user: User) -> dict[str, Any]:
    """How they hear of what others do."""
    choices = notification_choices.of(user)
    return {
        "notifications": {name: asdict(choice) for name, choice in choices.items()},
        "digest_hour": notification_choices.digest_hour_of(user),
    }


def _row_count(user: User) -> int:
    """The approximate number of rows to write."""
    sent = sa.select(sa.func.count()).where(Message.sender_id == user.id)
    return (
        user.posts_count
        + user.following_count
        + user.followers_count
        + db.session.scalars(sent).one()
    )


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
