"""Who may do what: predicates over the viewer (None: a visitor) and rows."""

from __future__ import annotations

from flask import current_app

from app.lib.languages import LANGUAGE_NAMES
from app.models import Post, User


def may_write(viewer: User | None) -> bool:
    """Post, follow and write messages: members, with a confirmed address where that is required."""
    if viewer is None:
        return False
    return viewer.is_verified or not current_app.config["EMAILS_MUST_BE_VERIFIED"]


def may_edit(viewer: User | None, post: Post) -> bool:
    """Only its author changes, deletes or restores a post."""
    return viewer is not None and post.author_id == viewer.id


def may_translate(viewer: User | None, post: Post, language: str) -> bool:
    """Members may have a post put into `language`, theirs, when it is in another known one."""
    return viewer is not None and post.language in LANGUAGE_NAMES and post.language != language


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
