"""Permissions: predicates over the viewer (None: a visitor) and rows."""

from __future__ import annotations

from collections.abc import Collection

from flask import current_app

from app.lib.languages import LANGUAGE_NAMES
from app.models import Decision, Invitation, Post, Role, User
from app.models.accounts.role import (
    ADMINISTRATOR_ID,
    MEMBER_PERMISSIONS,
    MODERATOR_PERMISSIONS,
    Permission,
)


def permissions_of(person: User) -> frozenset[str]:
    """What the role of `person` lets them do now: nothing while they are suspended.

    Of staff without a second factor, little.
    """
    if person.is_suspended:
        return frozenset()
    held = person.role.permissions
    return held & MEMBER_PERMISSIONS if is_resting(person) else held


def must_have_factor(person: User) -> bool:
    """Whether their role is used with a second factor only."""
    return bool(current_app.config["TWO_FACTOR_FOR_STAFF"]) and is_staff(person)


def is_resting(person: User) -> bool:
    """Whether what makes them staff waits until they have a second factor."""
    return must_have_factor(person) and not person.has_second_factor


def has_permission(person: User | None, permission: Permission) -> bool:
    """Whether the role of `person` (None: a visitor) lets them do this."""
    return person is not None and permission in permissions_of(person)


def is_staff(person: User) -> bool:
    """Whether their role holds more than what members may have."""
    return person.role.is_staff


def may_administer(person: User) -> bool:
    """Have a token that does what makes them staff."""
    return is_staff(person) and not is_resting(person)


def outranks(actor: User, other: User) -> bool:
    """Act on `other`: nobody may on somebody of the same or a higher rank."""
    return actor.role.rank > other.role.rank and not is_resting(actor)


def may_grant(actor: User, role: Role) -> bool:
    """Give somebody `role`: none above one's own, and none that may do more."""
    is_below = role.rank <= actor.role.rank
    return is_below and role.permissions <= permissions_of(actor)


def may_change_role(actor: User, role: Role) -> bool:
    """Change or delete `role`: whose own ranks above it."""
    return actor.role.rank > role.rank and not is_resting(actor)


def may_define(actor: User, permissions: Collection[str], rank: int) -> bool:
    """Give a role `permissions` or take them from it, and put it at `rank`."""
    return rank < actor.role.rank and permissions_of(actor).issuperset(permissions)


def is_let_in(person: User) -> bool:
    """Whether nobody has to accept them, and their address is confirmed where that is required."""
    if person.is_applicant:
        return False
    return person.is_verified or not current_app.config["EMAILS_MUST_BE_VERIFIED"]


# What each action about a person needs. A warning is for all who may do something else.
ACTION_PERMISSIONS: dict[str, tuple[Permission, ...]] = {
    "warn": MODERATOR_PERMISSIONS,
    # It hides words, where the other hides the whole.
    "require_note": ("hide_posts",),
    "hide_posts": ("hide_posts",),
    "silence": ("silence",),
    "suspend": ("suspend",),
}


def may_moderate(person: User | None) -> bool:
    """Read reports, and act on some."""
    return any(has_permission(person, permission) for permission in MODERATOR_PERMISSIONS)


def may_decide(actor: User, person: User, action: str) -> bool:
    """Take `action` against `person`: whose role allows it and is of a higher rank."""
    permissions = ACTION_PERMISSIONS.get(action, MODERATOR_PERMISSIONS)
    is_permitted = any(has_permission(actor, permission) for permission in permissions)
    return is_permitted and outranks(actor, person)


def may_close(actor: User, person: User) -> bool:
    """Close a case about `person` without acting; of administrators, another one does."""
    return may_moderate(actor) and (outranks(actor, person) or actor.role_id == ADMINISTRATOR_ID)


def may_overrule(actor: User, decision: Decision) -> bool:
    """End what somebody of one's own rank, or of a lower one, has decided.

    What was decided on the server is for administrators.
    """
    decider = decision.moderator
    is_below = decider is not None and decider.role.rank <= actor.role.rank
    return is_below or actor.role_id == ADMINISTRATOR_ID


def may_report(viewer: User | None) -> bool:
    """Tell moderators about somebody."""
    return viewer is not None and is_let_in(viewer) and has_permission(viewer, "report")


def may_write(viewer: User | None) -> bool:
    """Post and follow: whose role lets them, with a confirmed address where required."""
    return viewer is not None and is_let_in(viewer) and has_permission(viewer, "write")


def may_send(viewer: User | None) -> bool:
    """Send messages to those who accept them."""
    return may_write(viewer) and has_permission(viewer, "message")


def may_invite(viewer: User | None) -> bool:
    """Make links by which others join."""
    return viewer is not None and is_let_in(viewer) and has_permission(viewer, "invite")


def may_revoke(actor: User, invitation: Invitation, maker: User | None) -> bool:
    """Revoke one's own invitation, the operator's, or that of somebody whom `actor` outranks."""
    if invitation.user_id in (None, actor.id):
        return True
    return maker is not None and outranks(actor, maker)


def may_edit(viewer: User | None, post: Post) -> bool:
    """Change, delete or restore a post: only its author."""
    return viewer is not None and post.author_id == viewer.id


def may_fold(viewer: User | None, post: Post, thread_author_id: int | None) -> bool:
    """Fold a reply away: whoever began its thread, unless it is their own."""
    if viewer is None or post.author_id == viewer.id:
        return False
    return post.is_reply and thread_author_id == viewer.id


def may_like(viewer: User | None, post: Post) -> bool:
    """Like a post: whoever may write, but not their own."""
    return may_write(viewer) and not may_edit(viewer, post)


def may_repost(viewer: User | None, post: Post) -> bool:
    """Repost a post: whoever may write, but not what is for followers."""
    return may_write(viewer) and post.visibility != "followers"


def may_translate(viewer: User | None, post: Post, language: str) -> bool:
    """Translate a post into `language`: those who may write, since the service may cost money.

    The post must be in another known language, and not for followers alone: their words are for no
    other server.
    """
    is_other = post.language != language and post.language in LANGUAGE_NAMES
    return is_other and post.visibility != "followers" and may_write(viewer)


def may_follow(follower: User, followed: User) -> bool:
    return follower.id != followed.id


def may_see_follows(viewer: User | None, person: User) -> bool:
    """See whom `person` follows and who follows them; how many is for everybody."""
    return not person.hides_follows or (viewer is not None and viewer.id == person.id)


def may_message(sender: User, recipient: User, *, is_followed: bool) -> bool:
    """Whether `recipient` accepts messages from `sender`; `is_followed`: they follow the sender.

    Notes to oneself are always allowed; whoever is absent accepts none, and somebody who is
    silenced reaches their followers alone.
    """
    if sender.id == recipient.id:
        return True
    accepts_all = recipient.messages_from == "everyone"
    accepts_sender = recipient.messages_from == "followed" and is_followed
    may_reach = is_followed or not sender.is_silenced
    return recipient.is_present and may_reach and (accepts_all or accepts_sender)
