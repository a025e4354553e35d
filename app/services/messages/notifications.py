"""Notifications: create, list, mark as read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.database.cursor import Cursor
from app.extensions import db
from app.lib.dates import utcnow
from app.models import ConversationMute, Follow, Mute, Notification, NotificationGroup, Post, User
from app.models.messages.notification import KINDS
from app.services.messages import notification_choices, notification_groups

# Follow, unfollow and follow again within this time notifies once.
FOLLOW_REPEAT_AFTER = timedelta(days=1)
# At most this many people are notified of one post, over all its versions.
MENTIONS_MAX = 10
# What a "security" notification can be about; emails of these names are notifications too.
SECURITY_EVENTS = KINDS["security"].events
NOTIFICATION_RETENTION = timedelta(days=90)


def follow(follower: User, followed: User) -> None:
    """Notify `followed` of a new follower, if they want to hear of them."""
    if not _was_notified("follow", follower, followed):
        _add("follow", _recipients("follow", [followed.id], follower.id), actor_id=follower.id)


def _was_notified(name: str, follower: User, followed: User) -> bool:
    """Whether `followed` heard this of `follower` a short while ago, also if it was taken back."""
    earlier = sa.exists().where(
        Notification.name == name,
        Notification.actor_id == follower.id,
        Notification.user_id == followed.id,
        Notification.created_at > utcnow() - FOLLOW_REPEAT_AFTER,
    )
    return bool(db.session.scalar(sa.select(earlier)))


def follow_request(follower: User, followed: User) -> None:
    """Notify `followed` that somebody asks to follow them, if they want to hear of that."""
    if not _was_notified("follow_request", follower, followed):
        recipients = _recipients("follow_request", [followed.id], follower.id)
        _add("follow_request", recipients, actor_id=follower.id)


def remove_follow_requests(follower_ids: Collection[int], followed_ids: Collection[int]) -> None:
    """Take back the notifications that these people ask to follow those."""
    _hide_singles("follow_request", followed_ids, follower_ids)


def follow_accepted(followed: User, follower_ids: Sequence[int]) -> None:
    """Notify people that they follow `followed` now, once a day, if they want to hear of it."""
    earlier = sa.select(Notification.user_id).where(
        Notification.name == "follow_accepted",
        Notification.actor_id == followed.id,
        Notification.user_id.in_(follower_ids),
        Notification.created_at > utcnow() - FOLLOW_REPEAT_AFTER,
    )
    notified = set(db.session.scalars(earlier))
    new = [user_id for user_id in follower_ids if user_id not in notified]
    _add("follow_accepted", _recipients("follow_accepted", new, followed.id), actor_id=followed.id)


def remove_follow_accepted(followed: User, follower: User) -> None:
    """Take back the notification that `follower` follows `followed` now."""
    _hide_singles("follow_accepted", [follower.id], [followed.id])


def _hide_singles(name: str, user_ids: Collection[int], actor_ids: Collection[int]) -> None:
    notification_groups.hide_singles(
        Notification.name == name,
        Notification.user_id.in_(user_ids),
        Notification.actor_id.in_(actor_ids),
    )


def reply(post: Post, parent: Post) -> None:
    """Notify the author of `parent` of a reply by somebody else, if they want to hear of it."""
    if parent.author_id != post.author_id:
        recipients = _recipients("reply", [parent.author_id], post.author_id, post)
        _add("reply", recipients, actor_id=post.author_id, post_id=post.id)


def like(person: User, post: Post) -> None:
    """Notify the author of `post` of a like, if they want to hear of it."""
    _add_to_group("like", person, post)


def unlike(person: User, post_id: int) -> None:
    """Take back that the author of a post was notified of a like."""
    _hide_in_group("like", person, post_id)


def repost(person: User, post: Post) -> None:
    """Notify the author of `post` of a repost by somebody else, if they want to hear of it."""
    if person.id != post.author_id:
        _add_to_group("repost", person, post)


def unrepost(person: User, post_id: int) -> None:
    """Take back that the author of a post was notified of a repost."""
    _hide_in_group("repost", person, post_id)


def _add_to_group(name: str, person: User, post: Post) -> None:
    if post.hidden_at is not None:
        return
    for user_id, is_emailed in _recipients(name, [post.author_id], person.id, post).items():
        notification_groups.add_to_group(name, user_id, person.id, post.id, is_emailed=is_emailed)


def _hide_in_group(name: str, person: User, post_id: int) -> None:
    notification_groups.hide(
        Notification.actor_id == person.id,
        Notification.post_id == post_id,
        Notification.name == name,
    )


def mention(post: Post, user_ids: Sequence[int]) -> None:
    """Notify these people, in order, of a mention, each once; its author needs none.

    Somebody who was notified of the post as a reply is not notified again.
    """
    people = [user_id for user_id in dict.fromkeys(user_ids) if user_id != post.author_id]
    if not people:
        return
    notified = sa.select(Notification.user_id).where(
        Notification.post_id == post.id, Notification.name.in_(("mention", "reply"))
    )
    earlier = set(db.session.scalars(notified))
    new = [user_id for user_id in people if user_id not in earlier]
    room = max(MENTIONS_MAX - len(earlier), 0)
    notified_now = _recipients("mention", new[:room], post.author_id, post)
    _add("mention", notified_now, actor_id=post.author_id, post_id=post.id)


def security(user: User, event: str, facts: dict[str, str]) -> None:
    """Notify `user` of one of SECURITY_EVENTS."""
    _add("security", {user.id: False}, payload={"event": event, **facts})


def export(user_id: int, event: str) -> None:
    """Notify a user that their archive is `ready` or has `failed`."""
    _add("export", {user_id: False}, payload={"event": event})


def schedule(user_id: int, draft_id: int, event: str) -> None:
    """Notify somebody why what they had scheduled is still a draft."""
    _add("schedule", {user_id: False}, payload={"event": event, "draft": draft_id})


def decision(user: User, decision_id: int, event: str) -> None:
    """Notify `user` of what moderators decided about them, or how that ended."""
    _add("decision", {user.id: False}, payload={"event": event, "decision": decision_id})


def reports(user_ids: Sequence[int], person_id: int, event: str) -> None:
    """Notify those who reported somebody that moderators have `acted`, or saw no reason to."""
    _add("report", dict.fromkeys(user_ids, False), payload={"event": event, "person": person_id})


def page(
    user: User, names: Iterable[str], cursor: Cursor, *, since: datetime | None = None
) -> list[Notification]:
    """A page of the notifications of `user` of these kinds, optionally only after `since`."""
    rows = Notification.for_user(user).where(Notification.name.in_(names))
    rows = rows if since is None else rows.where(Notification.created_at > since)
    return list(db.session.scalars(cursor.apply(rows, Notification.id)))


def posts_of(viewer: User, rows: Iterable[Notification | NotificationGroup]) -> dict[int, Post]:
    """The posts, by id, that `rows` refer to and that `viewer` may still see."""
    ids = {row.post_id for row in rows if row.post_id is not None}
    if not ids:
        return {}
    posts = Post.visible_to(viewer).where(Post.id.in_(ids))
    return {post.id: post for post in db.session.scalars(posts)}


def mark_read(
    user: User, up_to: int, *, down_to: int = 0, names: Iterable[str] = tuple(KINDS)
) -> None:
    """Mark notifications of `user` as read: those of these kinds with ids in this range."""
    notification_groups.mark_read(user, up_to, down_to=down_to, names=tuple(names))


def mark_read_of(user_ids: Collection[int], actor_ids: Collection[int]) -> None:
    """Mark as read what some people were told of what others did: lists show it no more.

    So the unread count of every page needs no condition.
    """
    _mark_read(_is_told(user_ids, actor_ids))


def mark_read_between(user: User, others: Collection[int]) -> None:
    """The same for what `user` was told of the others with these ids, and these of `user`."""
    _mark_read(sa.or_(_is_told([user.id], others), _is_told(others, [user.id])))


def _is_told(user_ids: Collection[int], actor_ids: Collection[int]) -> sa.ColumnElement[bool]:
    """The condition that one of these people was told of what one of those others did."""
    return sa.and_(Notification.user_id.in_(user_ids), Notification.actor_id.in_(actor_ids))


def _mark_read(is_meant: sa.ColumnElement[bool]) -> None:
    notification_groups.mark_single_read(is_meant)
    rows = sa.update(Notification).where(is_meant, Notification.read_at.is_(None))
    db.session.execute(rows.values(read_at=utcnow()))


def purge() -> int:
    """Delete notifications older than NOTIFICATION_RETENTION. Returns how many."""
    old = sa.delete(Notification).where(Notification.created_at < utcnow() - NOTIFICATION_RETENTION)
    return len(db.session.scalars(old.returning(Notification.id)).all())


def _recipients(
    name: str, user_ids: Sequence[int], actor_id: int, post: Post | None = None
) -> dict[int, bool]:
    """Those of `user_ids` who want to hear of what `actor_id` does, and whether also by email.

    In the same order. Of somebody who is silenced, only those who follow them; of a `post`, those
    who do not mute its conversation.
    """
    if not user_ids:
        return {}
    no = sa.literal("none")
    muting = sa.select(Mute.muter_id, no).where(
        Mute.muted_id == actor_id,
        Mute.muter_id.in_(user_ids),
        Mute.hides_notifications,
        Mute.is_in_force(utcnow()),
    )
    # Together, so that a choice costs no statement more.
    verdicts = [muting, notification_choices.verdicts(name, user_ids, actor_id)]
    if post is not None:
        in_thread = sa.select(ConversationMute.user_id, no).where(
            ConversationMute.root_id == post.thread_id, ConversationMute.user_id.in_(user_ids)
        )
        verdicts.append(in_thread)
    actor = db.session.get(User, actor_id)
    if actor is not None and actor.silenced_until is not None:
        following = sa.select(Follow.follower_id).where(
            Follow.followed_id == actor_id, Follow.follower_id.in_(user_ids)
        )
        followers = set(db.session.scalars(following))
        user_ids = [user_id for user_id in user_ids if user_id in followers]
    found = {(user_id, verdict) for user_id, verdict in db.session.execute(sa.union_all(*verdicts))}
    emails = notification_choices.offers_email()
    return {
        user_id: emails and (user_id, "mail") in found
        for user_id in user_ids
        if (user_id, "none") not in found
    }


def _add(name: str, recipients: Mapping[int, bool], **values: Any) -> None:
    now = utcnow()
    notification_groups.add_single(
        [Notification(name=name, user_id=one, created_at=now, **values) for one in recipients],
        emailed_ids=[user_id for user_id, is_emailed in recipients.items() if is_emailed],
    )
