"""Private messages, as programs see them."""

from __future__ import annotations

from typing import Annotated

from flask import url_for
from pydantic import AfterValidator, Field

from app import models
from app.api.schemas.base import Answer, Body, KeysetList, Moment, Path, at_most
from app.api.schemas.post import Author, author_answer
from app.database.cursor import ID_MAX
from app.lib.text import normalize
from app.models.messages.message import MESSAGE_MAX


def _some(text: str) -> str:
    if not text:
        raise ValueError("Please fill this in.")
    return text


class NewMessage(Body):
    """What to write, and to whom."""

    recipient_id: int = Field(ge=1, le=ID_MAX, description="The id of a person.")
    body: Annotated[
        str, AfterValidator(normalize), AfterValidator(_some), AfterValidator(at_most(MESSAGE_MAX))
    ] = Field(min_length=1, description=f"Plain text; {MESSAGE_MAX} characters at most.")


class ReadUpTo(Body):
    """Up to where something was read."""

    up_to: int = Field(
        default=ID_MAX,
        ge=1,
        le=ID_MAX,
        description="The id of the last one that was seen; else all.",
    )


class MessageLinks(Answer):
    """Where to find the messages around it."""

    conversation: Path


class Message(Answer):
    """A private message. `html` is safe to show as it is."""

    id: int
    sender_id: int
    recipient_id: int
    body: str
    html: str
    created_at: Moment
    links: MessageLinks = Field(serialization_alias="_links")


class MessageList(KeysetList[Message]):
    """Messages with one person, newest first."""


class ConversationLinks(Answer):
    """Where to find the messages."""

    self: Path


class Conversation(Answer):
    """A conversation with one person. Its place in the list is the id of the last message."""

    user_id: int
    person: Author | None = Field(description="Null for somebody who left.")
    last_message: Message
    unread_count: int
    links: ConversationLinks = Field(serialization_alias="_links")


class ConversationList(KeysetList[Conversation]):
    """Conversations, the one with the latest message first."""


def message_answer(message: models.Message, viewer: models.User) -> Message:
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


def conversation_answer(side: models.Participation, viewer: models.User) -> Conversation:
    return Conversation(
        user_id=side.other_id,
        person=author_answer(side.other) if side.other.is_active else None,
        last_message=message_answer(side.last_message, viewer),
        unread_count=side.unread_count,
        links=ConversationLinks(self=url_for("api.list_messages", user_id=side.other_id)),
    )
