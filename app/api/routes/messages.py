"""Private messages: list, read and write them."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa

from app import models
from app.api import pagination
from app.api.blueprint import operation
from app.api.idempotency import idempotency_key
from app.api.schemas.base import Descending
from app.api.schemas.message import (
    ConversationList,
    Message,
    MessageList,
    NewMessage,
    ReadUpTo,
    serialize_conversation,
    serialize_message,
)
from app.extensions import db
from app.models import Participation, User
from app.services.data import submissions
from app.services.messages import messages
from app.web.problem_json import Problem
from app.web.rate_limits.new_accounts import hit_new_recipient
from app.web.rate_limits.rules import hit, per_person
from app.web.viewer import member

UNKNOWN_RECIPIENT = [("recipient_id", "There is no user with this id.")]


@operation("get", "/messages")
def list_conversations(query: Descending) -> ConversationList:
    """List your conversations, each with its last message and unread count."""
    me = member()
    rows, meta, links = pagination.newest_first(
        query, partial(messages.inbox, me), key=lambda participation: participation.last_message_id
    )
    items = [serialize_conversation(row, me) for row in rows]
    return ConversationList(items=items, meta=meta, links=links)


@operation(
    "post",
    "/messages",
    status=201,
    failures=(409,),
    takes_idempotency_key=True,
)
def send_message(body: NewMessage) -> tuple[Message, dict[str, str]]:
    """Send a private message; a 403 if the recipient does not accept messages from you.

    With the header `Idempotency-Key`, the same request can be retried for a day and sends only
    once; another body with the same key is a 409. So is the message that you sent last, if you
    sent it less than 10 minutes ago.
    """
    sender = member()
    recipient, participation = _recipient(body.recipient_id)
    hit("message", per_person("30/hour"))
    hit_new_recipient(sender, recipient, participation)
    key = submissions.client_key(idempotency_key(), "message", recipient.id, body.body)
    send = partial(messages.send_new, sender, recipient, body.body)
    message = submissions.once(sender, key, models.Message, send)
    response = serialize_message(message, sender)
    db.session.commit()
    return response, {"Location": response.links.conversation}


@operation("get", "/messages/<int:user_id>")
def list_messages(user_id: int, query: Descending) -> MessageList:
    """List your messages with somebody. This does not mark them as read."""
    me, participation = member(), _participation_or_404(user_id)
    rows, meta, links = pagination.newest_first(query, partial(messages.thread, me, participation))
    return MessageList(items=[serialize_message(row, me) for row in rows], meta=meta, links=links)


@operation("put", "/messages/<int:user_id>/read", status=204)
def read_messages(user_id: int, body: ReadUpTo | None) -> None:
    """Mark messages from somebody as read, up to a message or all."""
    other = db.get_or_404(User, _participation_or_404(user_id).other_id)
    messages.mark_read(member(), other, (body or ReadUpTo()).up_to)
    db.session.commit()


def _participation_or_404(user_id: int) -> Participation:
    """The viewer's participation in the conversation; 404 if there is none."""
    own = Participation.between_ids(member().id, user_id)
    participation: Participation = db.first_or_404(own)
    return participation


def _recipient(user_id: int) -> tuple[User, Participation | None]:
    """The recipient and the viewer's participation; closed accounts need one."""
    person = sa.select(User, User.visibility_clause(member())).where(User.id == user_id)
    recipient, may_be_known = db.session.execute(person).one_or_none() or (None, False)
    participation = messages.participation_of(member(), recipient) if recipient else None
    if recipient is None or not (participation or may_be_known):
        raise Problem(422, fields=UNKNOWN_RECIPIENT)
    return recipient, participation
