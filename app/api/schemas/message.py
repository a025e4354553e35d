"""Schemas of private messages."""

from __future__ import annotations

from typing import Annotated

from flask import url_for
from pydantic import AfterValidator, Field

from app import models
from app.api.schemas.base import (
    VISIBLE,
    Id,
    KeysetList,
    Moment,
    Path,
    RequestBody,
    ResponseBody,
    max_length,
    not_empty,
    text_limits,
)
from app.api.schemas.post import Author, serialize_author
from app.database.cursor import ID_MAX
from app.lib.text import normalize
from app.models.messages.message import MESSAGE_MAX


class NewMessage(RequestBody):
    """A private message to send."""

    recipient_id: Id = Field(description="The id of a user.")
    body: Annotated[
        str,
        AfterValidator(normalize),
        AfterValidator(not_empty),
        AfterValidator(max_length(MESSAGE_MAX)),
    ] = Field(
        min_length=1,
        description=f"Plain text; at most {MESSAGE_MAX} characters.",
        json_schema_extra=text_limits(MESSAGE_MAX, VISIBLE),
    )


class ReadUpTo(RequestBody):
    """How far to mark as read."""

    up_to: Id = Field(
        default=ID_MAX,
        description="The id of the last item to mark; default: all.",
    )


class MessageLinks(ResponseBody):
    """Link to the conversation."""

    conversation: Path


class Message(ResponseBody):
    """A private message. `html` is sanitized and safe to display."""

    id: int
    sender_id: int
    recipient_id: int
    body: str
    html: str
    created_at: Moment
    links: MessageLinks = Field(serialization_alias="_links")


class MessageList(KeysetList[Message]):
    """Messages with one person, newest first."""


class ConversationLinks(ResponseBody):
    """Link to the messages."""

    self: Path


class Conversation(ResponseBody):
    """A conversation with one person. Its cursor in the list is the id of its last message."""

    user_id: int
    person: Author | None = Field(description="Null for a closed account.")
    last_message: Message
    unread_count: int
    links: ConversationLinks = Field(serialization_alias="_links")


class ConversationList(KeysetList[Conversation]):
    """Conversations, latest message first."""


def serialize_message(message: models.Message, viewer: models.User) -> Message:
    is_own = message.sender_id == viewer.id
    other_id = message.recipient_id if is_own else message.sender_id
    return Message(
        id=message.id,
        sender_id=message.sender_id,
        recipient_id=message.recipient_id,
        body=message.body,
        html=message.html,
        created_at=message.created_at,
        links=MessageLinks(conversation=url_for("api.list_messages", user_id=other_id)),
    )


def serialize_conversation(
    participation: models.Participation, viewer: models.User
) -> Conversation:
    return Conversation(
        user_id=participation.other_id,
        person=serialize_author(participation.other) if participation.other.is_present else None,
        last_message=serialize_message(participation.last_message, viewer),
        unread_count=participation.unread_count,
        links=ConversationLinks(self=url_for("api.list_messages", user_id=participation.other_id)),
    )
