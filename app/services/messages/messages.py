"""Private messages: send, list, mark as read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import sqlalchemy as sa

from app.database.cursor import Cursor
from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.html import ParsedText
from app.lib.text import normalize
from app.models import Block, Conversation, Follow, Message, Participation, User
from app.policies import has_permission, may_message
from app.services.errors import MessageRefusedError, NotAllowedError, RepeatedMessageError

REPEAT_AFTER = timedelta(minutes=10)


def accepts(sender: User, recipient: User) -> bool:
    """Whether `recipient` accepts messages from `sender`; nobody does across a block."""
    is_blocked = Block.between_ids(sender.id, recipient.id)
    is_followed = sa.exists().where(
        Follow.follower_id == recipient.id, Follow.followed_id == sender.id
    )
    known = db.session.execute(sa.select(is_blocked, is_followed)).one()
    return not known[0] and may_message(sender, recipient, is_followed=known[1])


def participation_of(user: User, other: User) -> Participation | None:
    """The participation of `user` in their conversation with `other`, None without messages."""
    return db.session.scalar(Participation.between(user, other))


def send(sender: User, recipient: User, body: str) -> Message:
    """Send a message. Raises NotAllowedError or MessageRefusedError."""
    _check_may_send(sender, recipient)
    return _send(sender, recipient, normalize(body), _open(sender, recipient))


def send_new(sender: User, recipient: User, body: str) -> Message:
    """Send a message, unless it repeats the last one of the conversation.

    Raises NotAllowedError, MessageRefusedError or RepeatedMessageError.
    """
    _check_may_send(sender, recipient)
    conversation_id, body = _open(sender, recipient), normalize(body)
    in_conversation = sa.select(Message).where(Message.conversation_id == conversation_id)
    last = db.session.scalar(in_conversation.order_by(Message.id.desc()).limit(1))
    is_same = last is not None and (last.sender_id, last.body) == (sender.id, body)
    if last is not None and is_same and last.created_at > utcnow() - REPEAT_AFTER:
        raise RepeatedMessageError
    return _send(sender, recipient, body, conversation_id)


def _check_may_send(sender: User, recipient: User) -> None:
    if not has_permission(sender, "message"):
        raise NotAllowedError
    if not accepts(sender, recipient):
        raise MessageRefusedError


def _send(sender: User, recipient: User, body: str, conversation_id: int) -> Message:
    message = Message(
        conversation_id=conversation_id,
        sender_id=sender.id,
        recipient_id=recipient.id,
        body=body,
        html=ParsedText(body).html({}),
    )
    db.session.add(message)
    db.session.flush()
    _update_participation(message, sender.id, recipient.id, 0)
    if sender.id != recipient.id:
        _update_participation(message, recipient.id, sender.id, 1)
    return message


def mark_read(reader: User, other: User, up_to: int) -> None:
    """Mark as read what `other` wrote, up to the message with the id `up_to`."""
    participation = participation_of(reader, other)
    if participation is None:
        return
    # No message may arrive between the count and the update.
    _lock(participation.conversation_id)
    later = sa.select(sa.func.count()).where(
        Message.conversation_id == participation.conversation_id,
        Message.recipient_id == reader.id,
        Message.sender_id != reader.id,
        Message.id > up_to,
    )
    unread = db.session.scalars(later).one()
    # An outdated page must not mark messages as unread again.
    change = sa.update(Participation).where(
        Participation.conversation_id == participation.conversation_id,
        Participation.user_id == reader.id,
        Participation.unread_count > unread,
    )
    db.session.execute(change.values(unread_count=unread, changed_at=utcnow()))


def mark_all_read(reader: User, others: Iterable[User]) -> None:
    """Mark as read whatever `others` wrote to `reader`."""
    unread = sa.update(Participation).where(
        Participation.user_id == reader.id,
        Participation.other_id.in_([other.id for other in others]),
        Participation.unread_count > 0,
    )
    db.session.execute(unread.values(unread_count=0, changed_at=utcnow()))


def inbox(user: User, cursor: Cursor) -> list[Participation]:
    """A page of the conversations of `user`; the cursor is the id of the last message."""
    rows = Participation.inbox_of(user)
    return list(db.session.scalars(cursor.apply(rows, Participation.last_message_id)))


def thread(viewer: User, participation: Participation, cursor: Cursor) -> list[Message]:
    """A page of the messages of a conversation."""
    rows = Message.visible_to(viewer).where(
        Message.conversation_id == participation.conversation_id
    )
    return list(db.session.scalars(cursor.apply(rows, Message.id)))


def _open(sender: User, recipient: User) -> int:
    """The id of the conversation, created if missing, and locked until the transaction ends.

    Locked, so that ids grow in the order in which messages become visible.
    """
    lower_id, higher_id = sorted((sender.id, recipient.id))
    row = insert(Conversation).values(lower_id=lower_id, higher_id=higher_id, created_at=utcnow())
    pair = [Conversation.lower_id, Conversation.higher_id]
    # Changes nothing, but locks the row and returns its id.
    row = row.on_conflict_do_update(index_elements=pair, set_={"lower_id": lower_id})
    return db.session.scalars(row.returning(Conversation.id)).one()


def _lock(conversation_id: int) -> None:
    row = sa.select(Conversation.id).where(Conversation.id == conversation_id).with_for_update()
    db.session.execute(row)


def _update_participation(message: Message, user_id: int, other_id: int, unread: int) -> None:
    """Move the conversation to the top of the inbox of `user_id`, with `unread` more messages."""
    row = insert(Participation).values(
        conversation_id=message.conversation_id,
        user_id=user_id,
        other_id=other_id,
        last_message_id=message.id,
        unread_count=unread,
        changed_at=message.created_at,
    )
    changes: dict[str, object] = {"last_message_id": message.id}
    if unread:
        changes["unread_count"] = Participation.unread_count + unread
        changes["changed_at"] = message.created_at
    pair = [Participation.user_id, Participation.other_id]
    db.session.execute(row.on_conflict_do_update(index_elements=pair, set_=changes))
