"""Who may do what: pure predicates over rows."""

from __future__ import annotations

from typing import Any

from app.lib.languages import LANGUAGE_NAMES
from app.models import Post, User


def may_write(user: Any, must_be_verified: bool) -> bool:
    """Post, follow and write messages: members with a confirmed address."""
    return bool(user.is_authenticated and (user.is_verified or not must_be_verified))


def may_edit(user: User, post: Post) -> bool:
    """Only its author changes, deletes or restores a post."""
    return post.author_id == user.id


def may_translate(user: Any, post: Post, language: str) -> bool:
    """Members may have a post put into `language`, theirs, when it is in another known one."""
    is_foreign = post.language in LANGUAGE_NAMES and post.language != language
    return bool(user.is_authenticated and is_foreign)


def may_follow(follower: User, followed: User) -> bool:
    return follower.id != followed.id


def may_message(sender: User, recipient: User, *, is_followed: bool) -> bool:
    """Whether `recipient` takes messages from `sender`, whom they follow or not.

    Notes to oneself are always allowed; nobody reads what comes to a closed account.
    """
    if sender.id == recipient.id:
        return True
    takes_all = recipient.messages_from == "everyone"
    takes_this = recipient.messages_from == "followed" and is_followed
    return recipient.is_active and (takes_all or takes_this)
