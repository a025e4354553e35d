"""Made-up people and what they write: many rows at once, as other services write each one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.extensions import db
from app.lib.html import markdown_to_text, render_markdown, render_text, tags_in
from app.lib.languages import detect_language
from app.lib.search import person_text, post_text
from app.lib.text import normalise
from app.models import (
    Conversation,
    Follow,
    FormerUsername,
    Message,
    Participation,
    Post,
    PostRevision,
    PostTag,
    User,
)
from app.services.posts import searches

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """A post to be: `earlier` is how its body read until `edited_at`."""

    author_id: int
    tongue: str
    title: str
    body: str
    written_at: datetime
    earlier: str | None = None
    edited_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A private message to be."""

    sender_id: int
    recipient_id: int
    body: str
    written_at: datetime

    @property
    def pair(self) -> tuple[int, int]:
        """The two people, the lower id first."""
        lower_id, higher_id = sorted((self.sender_id, self.recipient_id))
        return lower_id, higher_id


def taken_names() -> set[str]:
    """The folded usernames that cannot be given out, also because of an address @example."""
    addresses = sa.select(User.email_key).where(User.email_key.like("%@example.%"))
    names = {key.partition("@")[0] for key in db.session.scalars(addresses)}
    for keys in (sa.select(User.username_key), sa.select(FormerUsername.username_key)):
        names.update(db.session.scalars(keys))
    return names


def add_people(people: Sequence[Row]) -> list[int]:
    """Add members, their counters included. Returns their ids in the same order."""
    ids = _insert(User, people)
    names = ("username", "display_name", "about_me")
    texts = (person_text(*(person[name] for name in names)) for person in people)
    searches.write("user", dict(zip(ids, texts, strict=True)))
    return ids


def add_follows(follows: Sequence[Row]) -> None:
    """Add follows; whom they are counted for knows already."""
    db.session.execute(sa.insert(Follow), follows)


def add_posts(drafts: Sequence[Draft], people: Mapping[str, str]) -> None:
    """Publish `drafts`, which come in the order of their times.

    `people` maps the lower-case names that may be mentioned to the usernames.
    """
    rows = [_post_row(draft, people) for draft in drafts]
    ids = _insert(Post, rows)
    tags: list[Row] = []
    revisions: list[Row] = []
    texts: dict[int, str | None] = {}
    for post_id, row, draft in zip(ids, rows, drafts, strict=True):
        found = (
            tags_in(row["body"], markdown=row["title"] is not None) if "#" in row["body"] else []
        )
        tags += [{"post_id": post_id, "tag": tag} for tag in found]
        told = (row["author_id"], row["title"], row["body"], row["language"])
        texts[post_id] = post_text(*told, found)
        if draft.earlier is not None:
            revisions.append(_revision_row(post_id, row, draft, people))
    for model, extra in ((PostTag, tags), (PostRevision, revisions)):
        if extra:
            db.session.execute(sa.insert(model), extra)
    searches.write("post", texts)
    _count(drafts)


def add_messages(lines: Sequence[Line], unread_since: datetime) -> None:
    """Send `lines`, in the order of their times, between people who have not written before.

    Nobody has read what came after `unread_since` and is not answered yet.
    """
    begun: dict[tuple[int, int], datetime] = {}
    for line in lines:
        begun.setdefault(line.pair, line.written_at)
    if not begun:
        return
    rows = [{"lower_id": a, "higher_id": b, "created_at": at} for (a, b), at in begun.items()]
    ids = dict(zip(begun, _insert(Conversation, rows), strict=True))
    messages = [_message_row(line, ids[line.pair]) for line in lines]
    sides: dict[tuple[int, int], Row] = {}
    for line, message, message_id in zip(lines, messages, _insert(Message, messages), strict=True):
        _place(sides, message, message_id, is_new=line.written_at > unread_since)
    db.session.execute(sa.insert(Participation), list(sides.values()))
    _note_seen({line.sender_id: line.written_at for line in lines})


def _insert(model: type[Conversation | Message | Post | User], rows: Sequence[Row]) -> list[int]:
    insert = sa.insert(model).returning(model.id, sort_by_parameter_order=True)
    return list(db.session.scalars(insert, rows))


def _post_row(draft: Draft, people: Mapping[str, str]) -> Row:
    body, title = normalise(draft.body), draft.title or None
    words = f"{title}\n{markdown_to_text(body)}" if title else body
    return {
        "author_id": draft.author_id,
        "title": title,
        "body": body,
        "html": (render_markdown if title else render_text)(body, people),
        "language": detect_language(words, prior=draft.tongue),
        "visibility": "public",
        "created_at": draft.written_at,
        "edited_at": draft.edited_at,
    }


def _revision_row(post_id: int, row: Row, draft: Draft, people: Mapping[str, str]) -> Row:
    body = normalise(draft.earlier or "")
    return {
        "post_id": post_id,
        "title": row["title"],
        "body": body,
        "html": (render_markdown if row["title"] else render_text)(body, people),
        "language": row["language"],
        "written_at": draft.written_at,
        "replaced_at": draft.edited_at,
    }


def _message_row(line: Line, conversation_id: int) -> Row:
    body = normalise(line.body)
    return {
        "conversation_id": conversation_id,
        "sender_id": line.sender_id,
        "recipient_id": line.recipient_id,
        "body": body,
        "html": render_text(body, {}),
        "created_at": line.written_at,
    }


def _place(
    sides: dict[tuple[int, int], Row], message: Row, message_id: int, *, is_new: bool
) -> None:
    """Put the message last on both sides; whoever writes it has read what was there."""
    sender_id, recipient_id = message["sender_id"], message["recipient_id"]
    for user_id, other_id in ((sender_id, recipient_id), (recipient_id, sender_id)):
        side = sides.setdefault((user_id, other_id), {"unread_count": 0})
        side["conversation_id"] = message["conversation_id"]
        side["user_id"], side["other_id"] = user_id, other_id
        side["last_message_id"], side["changed_at"] = message_id, message["created_at"]
        side["unread_count"] = side["unread_count"] + is_new if user_id == recipient_id else 0


def _note_seen(last: Mapping[int, datetime]) -> None:
    """Whoever wrote was here; by id, like everybody who counts, so that nobody deadlocks."""
    moment = sa.bindparam("seen_at", type_=User.last_seen.type)
    row = sa.update(User).where(User.id == sa.bindparam("writer"), User.last_seen < moment)
    rows = [{"writer": id_, "seen_at": last[id_]} for id_ in sorted(last)]
    db.session.connection().execute(row.values(last_seen=moment), rows)


def _count(drafts: Sequence[Draft]) -> None:
    """Count the posts for their authors, who were here when they wrote the last one."""
    steps = Counter(draft.author_id for draft in drafts)
    last = {draft.author_id: draft.written_at for draft in drafts}
    values = {
        "posts_count": User.posts_count + sa.bindparam("step"),
        "last_seen": sa.bindparam("seen_at", type_=User.last_seen.type),
    }
    counter = sa.update(User).where(User.id == sa.bindparam("author")).values(values)
    # In the order of ids, like everybody who counts, so that nobody deadlocks.
    rows = [{"author": id_, "step": steps[id_], "seen_at": last[id_]} for id_ in sorted(steps)]
    db.session.connection().execute(counter, rows)
