"""Emails about notifications: at once about one, or in the daily digest.

What the reader may not see, has read, or does not want to hear of is left out when it is written.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from babel.dates import format_date
from flask import current_app
from flask_babel import force_locale, get_locale
from markupsafe import Markup

from app.backends.mail import Message
from app.extensions import db
from app.lib.dates import utcnow, zone_named
from app.lib.text import excerpt
from app.models import ConversationMute, Notification, NotificationGroup, Post, User
from app.services.accounts import links
from app.services.accounts.links import Purpose
from app.services.community import filters
from app.services.messages import mails, notification_choices, notifications
from app.services.messages.mails import QueuedMail
from app.services.messages.notification_groups import FACES_MAX
from app.services.messages.notification_sentences import sentence_of

# Per person; what is beyond is only on the site.
EMAILS_PER_HOUR = 20
DIGEST_MAX = 20
# So many more are counted. Filters are asked of the rows that are read, a batch at a time.
MORE_MAX = 99
READ_MAX = 1_000
BATCH = 200
WORDS_MAX = 300
NAME_MAX = 60


# A group of notifications, and the post that it is about.
GroupWithPost = tuple[NotificationGroup, Post | None]


@dataclass(frozen=True)
class Item:
    """What an email says about one group of notifications."""

    sentence: str
    url: str
    when: str
    words: str = ""
    language: str | None = None


def compose(payload: dict[str, Any], *, is_retry: bool = False) -> Message | None:
    """The email about one group of notifications, or None if it is not to be sent.

    A retry does not count as another one.
    """
    user = _reader(payload["user_id"])
    if user is None:
        return None
    names = notification_choices.names_by(user, "mail")
    groups = missed_by(user, names).where(NotificationGroup.id == payload["group"])
    found = db.session.scalars(groups).all()
    items = _items(user, _unfiltered(user, found))
    if not items or not (is_retry or _consume_quota(user)):
        return None
    kind = found[0].name
    context = _context(user, kind) | {"item": items[0], "has_post": found[0].post_id is not None}
    return mails.render(_mail("notification", user, payload["intent"]), user, context)


def compose_digest(payload: dict[str, Any]) -> Message | None:
    """The digest of what came in the time of `payload`, or None if there is nothing to say."""
    user = _reader(payload["user_id"])
    if user is None:
        return None
    since, until = (datetime.fromisoformat(payload[name]) for name in ("since", "until"))
    missed = missed_by(user, notification_choices.names_by(user, "digest")).where(
        NotificationGroup.created_at >= since, NotificationGroup.created_at < until
    )
    oldest = _oldest_of(user, missed)
    items = _items(user, oldest[:DIGEST_MAX])
    if not items:
        return None
    more = len(oldest[DIGEST_MAX:])
    with force_locale(mails.language_of(user)):
        day = format_date(date.fromisoformat(payload["day"]), "long", get_locale())
    context = _context(user, "digest") | {"items": items, "more": more, "day": day}
    return mails.render(_mail("digest", user, payload["intent"]), user, context)


def _oldest_of(user: User, missed: sa.Select[NotificationGroup]) -> Sequence[GroupWithPost]:
    """The oldest of what `user` missed, without what their filters leave out.

    As many as the digest lists or counts, and one more if there are more; of the first READ_MAX.
    """
    found: list[GroupWithPost] = []
    after = 0
    for _ in range(0, READ_MAX, BATCH):
        oldest = missed.where(NotificationGroup.newest_id > after)
        oldest = oldest.order_by(NotificationGroup.newest_id).limit(BATCH)
        groups = db.session.scalars(oldest).all()
        found += _unfiltered(user, groups)
        if len(groups) < BATCH or len(found) > DIGEST_MAX + MORE_MAX:
            break
        after = groups[-1].newest_id
    return found[: DIGEST_MAX + MORE_MAX + 1]


def _consume_quota(user: User) -> bool:
    hour = f"notification/{utcnow():%Y%m%d%H}"
    return mails.consume_quota(f"user/{user.id}", hour, EMAILS_PER_HOUR)


def missed_by(user: User, names: Collection[str]) -> sa.Select[NotificationGroup]:
    """What `user` has not read, of these kinds, and may and wants to hear of now."""
    mute = sa.exists().where(
        ConversationMute.user_id == user.id,
        ConversationMute.root_id == sa.func.coalesce(Post.root_id, Post.id),
    )
    post = (
        Post.visible_to(user)
        .with_only_columns(Post.id)
        .where(Post.id == NotificationGroup.post_id, ~mute)
    )
    # Whoever did it is still there, as far as the reader may see.
    actor = (
        sa.select(Notification.id)
        .join(User, User.id == Notification.actor_id)
        .where(User.visibility_clause(user), Notification.is_shown_to(user, utcnow()))
    )
    alone = actor.where(Notification.id == NotificationGroup.newest_id)
    some = actor.where(
        Notification.post_id == NotificationGroup.post_id, *NotificationGroup.members(Notification)
    )
    return NotificationGroup.for_user(user).where(
        NotificationGroup.read_at.is_(None),
        NotificationGroup.name.in_(names),
        sa.or_(NotificationGroup.post_id.is_(None), post.exists()),
        sa.case((NotificationGroup.day.is_(None), alone.exists()), else_=some.exists()),
    )


def _reader(user_id: int) -> User | None:
    """Who gets the email: nobody without a confirmed address, or who may not read the site."""
    if not notification_choices.offers_email():
        return None
    user = db.session.get(User, user_id)
    if user is None or not (user.is_present and user.is_verified and user.owns_email):
        return None
    return None if user.is_applicant else user


def _unfiltered(user: User, groups: Sequence[NotificationGroup]) -> list[GroupWithPost]:
    posts = notifications.posts_of(user, groups)
    filtered = filters.matching(user, list(posts.values()), "notifications")
    return [
        (group, posts.get(group.post_id or 0)) for group in groups if group.post_id not in filtered
    ]


def _items(user: User, groups: Sequence[GroupWithPost]) -> list[Item]:
    with force_locale(mails.language_of(user)):
        items = [_item(user, group, post) for group, post in groups]
    return [item for item in items if item is not None]


def _item(user: User, group: NotificationGroup, post: Post | None) -> Item | None:
    people = _people(user, group)
    if not people or (post is None and group.post_id is not None):
        # Gone since the group was read.
        return None
    path = f"/post/{post.id}" if post else f"/user/{people[0].username}"
    if group.name == "follow_request":
        path = "/follow-requests"
    # Without those whom the reader may not see.
    count = group.count if len(people) == FACES_MAX else len(people)
    return Item(
        sentence=sentence_of(group.name, [excerpt(one.name, NAME_MAX) for one in people], count),
        url=current_app.config["BASE_URL"] + path,
        when=mails.short_time(group.created_at, zone_named(user.time_zone)),
        words=excerpt(_words_of(post), WORDS_MAX) if post else "",
        language=post.language if post else None,
    )


def _words_of(post: Post) -> str:
    """What stands for a post where nothing folds."""
    text = Markup(post.html).striptags()  # noqa: S704 (our own HTML)
    return post.note or post.title or text


def _people(user: User, group: NotificationGroup) -> Sequence[User]:
    """The newest people of whom a group tells, of those whom `user` may see."""
    rows = sa.select(User).join(Notification, Notification.actor_id == User.id)
    rows = rows.where(User.visibility_clause(user), Notification.is_shown_to(user, utcnow()))
    if group.day is None:
        rows = rows.where(Notification.id == group.newest_id)
    else:
        rows = rows.join(NotificationGroup, NotificationGroup.post_id == Notification.post_id)
        is_member = NotificationGroup.members(Notification)
        rows = rows.where(NotificationGroup.id == group.id, *is_member)
    return db.session.scalars(rows.order_by(Notification.id.desc()).limit(FACES_MAX)).all()


def _mail(template: str, user: User, intent: str) -> QueuedMail:
    return QueuedMail(template, user.id, user.email, None, {}, {}, utcnow(), intent)


def _context(user: User, kind: str) -> dict[str, Any]:
    """Where one ends these emails, or changes what one gets."""
    site = current_app.config["BASE_URL"]
    return {
        "unsubscribe_url": links.address_of(Purpose.UNSUBSCRIBE, user, kind=kind),
        "settings_url": f"{site}/settings/notifications",
        "list_url": f"{site}/notifications/all",
    }
