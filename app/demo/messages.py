"""Sample private messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.demo.rows import Row, insert_rows
from app.extensions import db
from app.lib.html import ParsedText
from app.lib.text import normalize
from app.models import Conversation, Message, Participation, User


@dataclass(frozen=True, slots=True)
class DemoMessage:
    """A private message to insert."""

    sender_id: int
    recipient_id: int
    body: str
    written_at: datetime

    @property
    def pair(self) -> tuple[int, int]:
        """The two people, the lower id first."""
        lower_id, higher_id = sorted((self.sender_id, self.recipient_id))
        return lower_id, higher_id


def add_messages(messages: Sequence[DemoMessage], unread_since: datetime) -> None:
    """Insert `messages`, ordered by time, between people without a conversation.

    Messages after `unread_since` are unread until their recipient replies.
    """
    started: dict[tuple[int, int], datetime] = {}
    for message in messages:
        started.setdefault(message.pair, message.written_at)
    if not started:
        return
    rows = [{"lower_id": a, "higher_id": b, "created_at": at} for (a, b), at in started.items()]
    ids = dict(zip(started, insert_rows(Conversation, rows), strict=True))
    message_rows = [_message_row(message, ids[message.pair]) for message in messages]
    message_ids = insert_rows(Message, message_rows)
    participations: dict[tuple[int, int], Row] = {}
    for message, row, message_id in zip(messages, message_rows, message_ids, strict=True):
        is_unread = message.written_at > unread_since
        _update_participations(participations, row, message_id, is_unread=is_unread)
    db.session.execute(sa.insert(Participation), list(participations.values()))
    _update_last_seen({message.sender_id: message.written_at for message in messages})


def _message_row(message: DemoMessage, conversation_id: int) -> Row:
    body = normalize(message.body)
    return {
        "conversation_id": conversation_id,
        "sender_id": message.sender_id,
        "recipient_id": message.recipient_id,
        "body": body,
        "html": ParsedText(body).html({}),
        "created_at": message.written_at,
    }


def _update_participations(
    participations: dict[tuple[int, int], Row], message: Row, message_id: int, *, is_unread: bool
) -> None:
    """Make it the last message of both people; its sender has read everything before it."""
    sender_id, recipient_id = message["sender_id"], message["recipient_id"]
    for user_id, other_id in ((sender_id, recipient_id), (recipient_id, sender_id)):
        row = participations.setdefault((user_id, other_id), {"unread_count": 0})
        row["conversation_id"] = message["conversation_id"]
        row["user_id"], row["other_id"] = user_id, other_id
        row["last_message_id"], row["changed_at"] = message_id, message["created_at"]
        row["unread_count"] = row["unread_count"] + is_unread if user_id == recipient_id else 0


def _update_last_seen(last: Mapping[int, datetime]) -> None:
    """Set the senders' `last_seen`; ordered by id, so that concurrent writers cannot deadlock."""
    seen_at = sa.bindparam("seen_at", type_=User.last_seen.type)
    row = sa.update(User).where(User.id == sa.bindparam("writer"), User.last_seen < seen_at)
    rows = [{"writer": id_, "seen_at": last[id_]} for id_ in sorted(last)]
    db.session.connection().execute(row.values(last_seen=seen_at), rows)
