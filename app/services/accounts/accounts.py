"""Accounts: register, rename, close, reopen, erase."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.exc import IntegrityError

from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.tokens import random_token
from app.lib.usernames import username_key
from app.models import FormerUsername, Message, Notification, Post, PostCount, User
from app.models.accounts.role import ADMINISTRATOR_ID, MEMBER_ID
from app.models.accounts.user import UNOWNED_HOST
from app.policies import is_let_in
from app.services.accounts import blocklist, invitations, roles, security_events, sessions
from app.services.accounts.links import Link, Purpose
from app.services.accounts.users import email_owner
from app.services.data import counters
from app.services.errors import (
    EmailKnownError,
    EmailTakenError,
    LastAdminError,
    TooManyMailsError,
    UsernameTakenError,
)
from app.services.messages import mails, notification_groups
from app.services.posts import counts, likes, mentions, reposts, search_index, threads

NAME_RESERVED_FOR = timedelta(days=90)
ERASE_AFTER = timedelta(days=7)
# For how long the address of an account is blocked that was erased while suspended.
ERASED_BLOCK_PERIOD = timedelta(days=365)
ERASE_BATCH = 500


def is_username_free(username: str, *, except_for: User | None = None) -> bool:
    """Whether nobody but `except_for` uses this name, in any case, or has it reserved."""
    key = username_key(username)
    holder = db.session.scalar(sa.select(User.id).where(User.username_key == key))
    former = db.session.get(FormerUsername, key)
    own_id = except_for.id if except_for else None
    is_own = except_for is not None and former is not None and former.user_id == own_id
    is_reserved = former is not None and former.released_at > utcnow() and not is_own
    return holder in (None, own_id) and not is_reserved


def create(
    username: str,
    email: tuple[str, str],
    password_hash: str,
    *,
    role_id: int = MEMBER_ID,
    time_zone: str | None = None,
    language: str | None = None,
) -> User:
    """Add a member; `email` is the address and its folded key.

    Raises UsernameTakenError or EmailTakenError, also for the later of two concurrent requests.
    """
    if not is_username_free(username):
        raise UsernameTakenError
    user = User(
        username=username,
        email=email[0],
        email_key=email[1],
        password_hash=password_hash,
        role_id=role_id,
        former_role="admin" if role_id == ADMINISTRATOR_ID else "member",
        time_zone=time_zone,
        language=language,
    )
    try:
        with db.session.begin_nested():
            db.session.add(user)
    except IntegrityError as error:
        is_name = "username_key" in str(error.orig)
        raise (UsernameTakenError if is_name else EmailTakenError) from None
    search_index.index_person(user)
    return user


def is_email_known(email_key: str) -> bool:
    """Whether an account has this address. Raises EmailKnownError where that may be told."""
    is_known = email_owner(email_key) is not None
    if is_known and not current_app.config["EMAILS_MUST_BE_VERIFIED"]:
        raise EmailKnownError
    return is_known


def unowned_key() -> str:
    """A key for the address of somebody who does not own it."""
    return random_token(16).lower() + UNOWNED_HOST


def rename(user: User, username: str) -> None:
    """Give `user` another name; the old one redirects to them for 90 days.

    Raises UsernameTakenError or BlockedUsernameError.
    """
    # Of two concurrent changes, the second starts from the name that the first has given.
    db.session.refresh(user, with_for_update={"of": User})
    if user.username == username:
        return
    if not is_username_free(username, except_for=user):
        raise UsernameTakenError
    old, old_key, new_key = user.username, user.username_key, username_key(username)
    if old_key != new_key:
        blocklist.require_allowed(username=username)
        _reserve_name(old_key, user.id)
        # A name that was reserved for this user, or whose reservation expired, is in use again.
        db.session.execute(sa.delete(FormerUsername).where(FormerUsername.username_key == new_key))
    try:
        with db.session.begin_nested():
            user.username = username
    except IntegrityError:
        raise UsernameTakenError from None
    user.renamed_at = utcnow()
    mentions.rename(user, old)
    search_index.index_person(user)
    security_events.record(user, "username_changed", old=old, new=username)
    mails.queue("username_changed", user, username=username)


def close(user: User) -> None:
    """Hide `user` from every list now, sign them out, and erase them after the grace period.

    Raises LastAdminError, or TooManyMailsError if the link that reopens the account cannot be sent.
    """
    if roles.lock(user):
        raise LastAdminError
    closed = sa.update(User).where(User.id == user.id, User.closed_at.is_(None))
    closing = closed.values(closed_at=utcnow(), search_version=User.search_version + 1)
    if db.session.scalar(closing.returning(User.id)) is None:
        return
    db.session.refresh(user)
    search_index.enqueue_account(user.id)
    if user.suspended_until is None:
        counters.count_follows_of(user, -1)
    sessions.end_all(user)
    security_events.record(user, "account_closed")
    # Whoever is not confirmed gets none; for all others it is the way back.
    if not mails.queue("account_closed", user, link=Purpose.REOPEN) and is_let_in(user):
        raise TooManyMailsError


def reopen(link: Link) -> None:
    """Undo the closing of an account."""
    user = link.user
    opened = sa.update(User).where(User.id == user.id, User.closed_at.is_not(None))
    opening = opened.values(closed_at=None, search_version=User.search_version + 1)
    if db.session.scalar(opening.returning(User.id)) is None:
        return
    db.session.refresh(user)
    search_index.enqueue_account(user.id)
    if user.suspended_until is None:
        counters.count_follows_of(user, 1)
    security_events.record(user, "account_reopened")
    mails.queue("account_reopened", user)


def erase_closed() -> int:
    """Erase users whose grace period is over, with all they wrote. Returns how many."""
    is_over = User.closed_at < utcnow() - ERASE_AFTER
    for user_id in db.session.scalars(sa.select(User.id).where(is_over)).all():
        # Before the DELETE, since the ids of their posts are unknown afterward.
        search_index.enqueue_account(user_id)
    mentioning = mentions.ids_mentioning(is_over)
    gone_ids = sa.select(User.id).where(is_over)
    # Else the groups that they are the newest of would go, with what others did.
    notification_groups.hide(Notification.actor_id.in_(gone_ids))
    numbers = {
        PostCount.replies_count: threads.replies_of(is_over),
        PostCount.likes_count: likes.numbers_of(is_over),
        PostCount.reposts_count: reposts.numbers_of(is_over),
    }
    # The DELETE is the claim: a user may be reopening the account concurrently.
    columns = User.id, User.username, User.email_key, User.suspended_until
    gone = db.session.execute(sa.delete(User).where(is_over).returning(*columns)).all()
    lost = {count: Counter[int]() for count in numbers}
    for user_id, name, email_key, suspended_until in gone:
        for count, of_people in numbers.items():
            lost[count].update(of_people.get(user_id, {}))
        _reserve_name(username_key(name), None)
        mentions.unlink(name, mentioning.get(name, ()))
        # Nobody gets rid of a suspension by leaving and coming back.
        if suspended_until is not None and not email_key.endswith(UNOWNED_HOST):
            blocklist.block_erased(email_key, utcnow() + ERASED_BLOCK_PERIOD)
    db.session.flush()
    for count, of_posts in lost.items():
        counts.take(count, of_posts)
    return len(gone)


def erase_unconfirmed() -> int:
    """Erase accounts whose address was never confirmed in UNCONFIRMED_DAYS. Returns how many.

    Only where that is required, and only unused ones: a site may have begun without a mail server.
    """
    if not current_app.config["EMAILS_MUST_BE_VERIFIED"]:
        return 0
    before = utcnow() - timedelta(days=current_app.config["UNCONFIRMED_DAYS"])
    unused = sa.select(User).where(
        User.email_verified_at.is_(None),
        User.presence_clause(),
        User.role_id.not_in(roles.staff_ids()),
        User.created_at < before,
        sa.or_(User.signed_in_at.is_(None), User.signed_in_at < before),
        ~sa.exists().where(Post.author_id == User.id),
        ~sa.exists().where(Message.sender_id == User.id),
    )
    # Locked, since the link may be opened at this moment.
    users = db.session.scalars(unused.order_by(User.id).limit(ERASE_BATCH).with_for_update()).all()
    for user in users:
        search_index.enqueue_account(user.id)
        counters.count_follows_of(user, -1)
    ids = [user.id for user in users]
    invitations.give_back(ids)
    # Their names are free at once: nobody can have known them by these.
    gone = sa.delete(User).where(User.id.in_(ids))
    db.session.execute(gone.execution_options(synchronize_session=False))
    return len(users)


def release_names() -> int:
    """Release names whose reservation has expired. Returns how many."""
    expired = sa.delete(FormerUsername).where(FormerUsername.released_at <= utcnow())
    return len(db.session.scalars(expired.returning(FormerUsername.username_key)).all())


def _reserve_name(key: str, user_id: int | None) -> None:
    values = {"user_id": user_id, "released_at": utcnow() + NAME_RESERVED_FOR}
    row = insert(FormerUsername).values(username_key=key, **values)
    key_column = [FormerUsername.username_key]
    db.session.execute(row.on_conflict_do_update(index_elements=key_column, set_=values))
