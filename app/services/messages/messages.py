"""Private messages: send, read, and note what was read."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.extensions import db
from app.lib.dates import utcnow
from app.lib.html import render_text
from app.lib.text import normalise
from app.lib.tokens import fingerprint
from app.models import Conversation, Message, Participation, User
from app.policies import may_message
from app.services.errors import MessageRefusedError


def is_welcome(sender: User, recipient: User) -> bool:
    """Whether `recipient` takes messages from `sender`."""
    asks_who = recipient.messages_from == "followed" and sender.id != recipient.id
    is_followed = asks_who and recipient.is_following(sender)
    return may_message(sender, recipient, is_followed=is_followed)


def side_of(user: User, other: User) -> Participation | None:
    """The side of `user` in their conversation with `other`, once one of them has written."""
    return db.session.scalar(Participation.between(user, other))


def send(sender: User, recipient: User, body: str, *, form_key: str | None = None) -> Message:
    """Write to somebody. Raises MessageRefusedError.

    The same words under the same `form_key` give the message that they made the first time.
    """
    if not is_welcome(sender, recipient):
        raise MessageRefusedError
    form_key = fingerprint(form_key, recipient.id, body) if form_key else None
    conversation_id = _open(sender, recipient)
    if form_key and (earlier := _from_form(sender, form_key)):
        return earlier
    body = normalise(body)
    message = Message(
        conversation_id=conversation_id,
        sender_id=sender.id,
        recipient_id=recipient.id,
        body=body,
        html=render_text(body, {}),
        form_key=form_key,
    )
    db.session.add(message)
    db.session.flush()
    _place(message, sender.id, recipient.id, 0)
    if sender.id != recipient.id:
        _place(message, recipient.id, sender.id, 1)
    return message


def mark_read(reader: User, other: User, up_to: int) -> None:
    """Note that `reader` has read what `other` wrote, up to the message with the id `up_to`."""
    side = side_of(reader, other)
    if side is None:
        return
    # Nothing may arrive between counting and noting the count.
    _lock(side.conversation_id)
    later = sa.select(sa.func.count()).where(
        Message.conversation_id == side.conversation_id,
        Message.recipient_id == reader.id,
        Message.sender_id != reader.id,
        Message.id > up_to,
    )
    left = db.session.scalars(later).one()
    # A page from before marks nothing as unread again.
    change = sa.update(Participation).where(
        Participation.conversation_id == side.conversation_id,
        Participation.user_id == reader.id,
        Participation.unread_count > left,
    )
    db.session.execute(change.values(unread_count=left, changed_at=utcnow()))


def inbox(user: User, limit: int, before: int | None, after: int | None) -> list[Participation]:
    """The conversations of `user`, the latest message first; the cursor is its id."""
    rows = Participation.inbox_of(user)
    last = Participation.last_message_id
    if after is not None:
        rows = rows.where(last > after).order_by(last.asc())
    else:
        rows = rows.where(last < before) if before is not None else rows
        rows = rows.order_by(last.desc())
    return list(db.session.scalars(rows.limit(limit)))


def thread(
    viewer: User, side: Participation, limit: int, before: int | None, after: int | None
) -> list[Message]:
    """Messages of a conversation: newest first, or after `after` the nearest first."""
    rows = Message.visible_to(viewer).where(Message.conversation_id == side.conversation_id)
    if after is not None:
        rows = rows.where(Message.id > after).order_by(Message.id.asc())
    else:
        rows = rows.where(Message.id < before) if before is not None else rows
        rows = rows.order_by(Message.id.desc())
    return list(db.session.scalars(rows.limit(limit)))


def _insert(model: type[Conversation | Participation]) -> sqlite.Insert | postgresql.Insert:
    insert = sqlite.insert if db.engine.dialect.name == "sqlite" else postgresql.insert
    return insert(model)


def _open(sender: User, recipient: User) -> int:
    """The id of the conversation, made when there is none, and held until the transaction ends.

    Held, so that ids rise in the order in which messages become visible.
    """
    lower_id, higher_id = sorted((sender.id, recipient.id))
    row = _insert(Conversation).values(lower_id=lower_id, higher_id=higher_id, created_at=utcnow())
    pair = [Conversation.lower_id, Conversation.higher_id]
    # Changes nothing, but locks the row and tells its id.
    row = row.on_conflict_do_update(index_elements=pair, set_={"lower_id": lower_id})
    return db.session.scalars(row.returning(Conversation.id)).one()


def _lock(conversation_id: int) -> None:
    row = sa.select(Conversation.id).where(Conversation.id == conversation_id).with_for_update()
    db.session.execute(row)


def _place(message: Message, user_id: int, other_id: int, unread: int) -> None:
    """Put the conversation on top of the list of `user_id`, with `unread` more to read."""
    row = _insert(Participation).values(
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


def _from_form(sender: User, form_key: str) -> Message | None:
    return db.session.scalar(
        sa.select(Message).where(Message.sender_id == sender.id, Message.form_key == form_key)
    )
