"""Permissions: predicates over the viewer (None: a visitor) and rows."""

from __future__ import annotations

from flask import current_app

from app.lib.languages import LANGUAGE_NAMES
from app.models import Post, User


def may_write(viewer: User | None) -> bool:
    """Post, follow and send messages: members, with a confirmed address where that is required."""
    if viewer is None:
        return False
    return viewer.is_verified or not current_app.config["EMAILS_MUST_BE_VERIFIED"]


def may_edit(viewer: User | None, post: Post) -> bool:
    """Change, delete or restore a post: only its author."""
    return viewer is not None and post.author_id == viewer.id


def may_translate(viewer: User | None, post: Post, language: str) -> bool:
    """Translate a post into `language`: those who may write, since the service may cost money.

    The post must be in another known language.
    """
    is_other = post.language != language and post.language in LANGUAGE_NAMES
    return is_other and may_write(viewer)


def may_follow(follower: User, followed: User) -> bool:
    return follower.id != followed.id


def may_message(sender: User, recipient: User, *, is_followed: bool) -> bool:
    """Whether `recipient` accepts messages from `sender`; `is_followed`: they follow the sender.

    Notes to oneself are always allowed; a closed account accepts none.
    """
    if sender.id == recipient.id:
        return True
    accepts_all = recipient.messages_from == "everyone"
    accepts_sender = recipient.messages_from == "followed" and is_followed
    return recipient.is_active and (accepts_all or accepts_sender)
