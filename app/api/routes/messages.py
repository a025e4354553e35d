"""Private messages: list, read and write them."""

from __future__ import annotations

from functools import partial

from flask import g

from app.api import pagination
from app.api.idempotency import idempotency_key
from app.api.operations import operation
from app.api.schemas.base import Descending
from app.api.schemas.message import (
    ConversationList,
    Message,
    MessageList,
    NewMessage,
    ReadUpTo,
    conversation_answer,
    message_answer,
)
from app.extensions import db
from app.models import Participation, User
from app.services.data import idempotency
from app.services.errors import KeyReusedError, MessageRefusedError
from app.services.messages import messages
from app.web.problem_json import Problem
from app.web.rate_limits.new_accounts import count_new_recipient
from app.web.rate_limits.rules import count, per_person

NOBODY = [("recipient_id", "There is nobody with this id.")]


@operation("get", "/messages", query=Descending, answer=ConversationList)
def list_conversations(query: Descending) -> ConversationList:
    """List one's conversations, each with its last message and how many are unread."""
    me = g.api_token.user
    rows, meta, links = pagination.newest_first(
        query, partial(messages.inbox, me), key=lambda side: side.last_message_id
    )
    items = [conversation_answer(row, me) for row in rows]
    return ConversationList(items=items, meta=meta, links=links)


@operation(
    "post",
    "/messages",
    body=NewMessage,
    answer=Message,
    status=201,
    failures=(409,),
    takes_idempotency_key=True,
)
def send_message(body: NewMessage) -> tuple[Message, dict[str, str]]:
    """Write to somebody who takes messages from oneself; a 403 when they do not.

    With the header `Idempotency-Key` the same request can be sent again for a day and sends once;
    another body under the same key is a 409.
    """
    sender, key = g.api_token.user, idempotency_key()
    recipient, side = _recipient(body.recipient_id)
    count("message", per_person("30/hour"))
    count_new_recipient(sender, recipient, side)
    try:
        message = (
            messages.send(sender, recipient, body.body)
            if key is None
            else idempotency.send_once(sender, key, recipient, body.body)
        )
    except KeyReusedError:
        raise Problem(409, "This key came with another body before.") from None
    except MessageRefusedError:
        raise Problem(403, "They do not take messages from you. Nothing was sent.") from None
    answer = message_answer(message, sender)
    db.session.commit()
    return answer, {"Location": answer.links.conversation}


@operation("get", "/messages/<int:user_id>", query=Descending, answer=MessageList)
def list_messages(user_id: int, query: Descending) -> MessageList:
    """List the messages between somebody and oneself. Reading them here marks none as read."""
    me, side = g.api_token.user, _side_or_404(user_id)
    rows, meta, links = pagination.newest_first(query, partial(messages.thread, me, side))
    return MessageList(items=[message_answer(row, me) for row in rows], meta=meta, links=links)


@operation("put", "/messages/<int:user_id>/read", body=ReadUpTo, is_body_needed=False, status=204)
def read_messages(user_id: int, body: ReadUpTo | None) -> None:
    """Mark what somebody wrote as read, up to a message or all."""
    other = db.get_or_404(User, _side_or_404(user_id).other_id)
    messages.mark_read(g.api_token.user, other, (body or ReadUpTo()).up_to)
    db.session.commit()


def _side_or_404(user_id: int) -> Participation:
    """One's own side of the conversation; 404 for whoever has none."""
    own = Participation.between_ids(g.api_token.user.id, user_id)
    side: Participation = db.first_or_404(own)
    return side


def _recipient(user_id: int) -> tuple[User, Participation | None]:
    """Who has this id, and one's own side of the conversation; those who left only with one."""
    recipient = db.session.get(User, user_id)
    side = messages.side_of(g.api_token.user, recipient) if recipient else None
    if recipient is None or (side is None and not recipient.is_active):
        raise Problem(422, fields=NOBODY)
    return recipient, side
