"""Passwords: authenticate, change, reset."""

from __future__ import annotations

import logging

import sqlalchemy as sa
from flask import current_app

from app import outbox
from app.database.transactions import restart_for_write
from app.extensions import db
from app.lib import passwords
from app.lib.dates import utcnow
from app.lib.emails import FULL_WIDTH, EmailSyntaxError, parse_email
from app.lib.log_events import log_event
from app.lib.passwords import PasswordCost
from app.lib.usernames import username_key
from app.models import Session, User
from app.services.accounts import security_events, sessions
from app.services.accounts.links import Link, Purpose
from app.services.errors import CredentialsError, GoneError, WrongPasswordError
from app.services.messages import mails


def cost() -> PasswordCost:
    """The configured cost of a hash."""
    return PasswordCost(*current_app.config["PASSWORD_COST"])


def hash_password(password: str) -> str:
    """The hash of `password` to store."""
    return passwords.hash_password(password, cost())


def authenticate(name: str, password: str) -> User:
    """The user with this username or address and password, closed accounts included.

    Raises CredentialsError, the same and after the same time for every reason.
    Restarts the transaction.
    """
    user = find(name)
    if user is None:
        passwords.dummy_check(password, cost())
    if user is None or not user.check_password(password):
        log_event("authn_login_fail", logging.WARNING)
        raise CredentialsError
    checked = user.password_hash
    fresh = hash_password(password) if passwords.needs_rehash(checked, cost()) else None
    restart_for_write()
    _lock_if_unchanged(user, checked)
    if fresh:
        user.password_hash = fresh
    return user


def find(name: str) -> User | None:
    """The user with this username or address, closed accounts included."""
    key = login_key(name)
    if "@" not in key:
        return db.session.scalar(sa.select(User).where(User.username_key == key))
    users = sa.select(User).where(User.email_key == key)
    if current_app.config["EMAILS_MUST_BE_VERIFIED"]:
        # Otherwise signing in would tell whether the address of a registration was known before.
        users = users.where(User.email_verified_at.is_not(None))
    return db.session.scalar(users)


def login_key(name: str) -> str:
    """One key for all spellings of a username or address, to look it up and to count attempts.

    Both take it from here: a spelling that finds the account under another key would be a way
    around the limit.
    """
    name = name.strip().translate(FULL_WIDTH)
    if "@" not in name:
        return username_key(name)
    try:
        return parse_email(name)[1]
    except EmailSyntaxError:
        return name.casefold()


def change(user: User, old: str, new: str, *, keep: Session | None) -> None:
    """Change the password, and sign `user` out everywhere except on `keep`.

    Raises WrongPasswordError when `old` is wrong. Restarts the transaction.
    """
    checked = user.password_hash
    check_own(user, old)
    fresh = hash_password(new)
    restart_for_write()
    _lock_if_unchanged(user, checked)
    user.password_hash = fresh
    # It may have been asked for by whoever knew the old one.
    user.pending_email = None
    sessions.end_all(user, except_for=keep)
    security_events.record(user, "password_changed")
    mails.queue("password_changed", user)


def check_own(user: User, password: str) -> None:
    """Raises WrongPasswordError unless this is the password of the signed-in `user`."""
    if not user.check_password(password):
        raise WrongPasswordError


def request_reset(email: str) -> None:
    """Queue a password reset for `email`; the worker looks up the account, if it has one."""
    outbox.put("mail_password_reset", {"email": email})


def mail_reset(email: str) -> None:
    """Send a reset link to the account with `email`, if it exists; invalidates earlier links."""
    try:
        _, key = parse_email(email)
    except EmailSyntaxError:
        return
    user = db.session.scalar(User.active().where(User.email_key == key))
    if user is not None:
        send_reset(user)


def send_reset(user: User, *, counted_as: str | None = None) -> None:
    """Send a reset link to `user`; invalidates earlier links, unless they got too many."""
    link = Purpose.RESET_PASSWORD
    if mails.queue("reset_password", user, link=link, counted_as=counted_as):
        user.reset_requested_at = utcnow()


def notify_address_owner(user: User) -> None:
    """Notify `user` that somebody tried to use their address.

    Whoever never confirmed it gets the link for that once more, and no other text.
    """
    if user.is_verified or not current_app.config["EMAILS_MUST_BE_VERIFIED"]:
        mails.queue("already_registered", user)
    else:
        mails.queue("verify_email", user, link=Purpose.VERIFY)


def reset(link: Link, password: str) -> None:
    """Set a new password through an emailed link, and sign the user out everywhere.

    Raises GoneError for the second use of the link, even a concurrent one.
    Restarts the transaction.
    """
    user, old_hash = link.user, link.user.password_hash
    fresh = hash_password(password)
    restart_for_write()
    # The hash is part of the link's fingerprint, so replacing it invalidates the link.
    claim = sa.update(User).where(User.id == user.id, User.password_hash == old_hash)
    # As in `change`: whoever knew the old password must not get the account by another address.
    values: dict[str, object] = {"password_hash": fresh, "pending_email": None}
    if user.owns_email:
        values["email_verified_at"] = sa.func.coalesce(User.email_verified_at, utcnow())
    if db.session.scalar(claim.values(values).returning(User.id)) is None:
        raise GoneError
    db.session.refresh(user)
    sessions.end_all(user)
    security_events.record(user, "password_reset")
    mails.queue("password_changed", user)


def _lock_if_unchanged(user: User, password_hash: str) -> None:
    """Lock the row. Raises CredentialsError if the password was changed during the hashing.

    Otherwise the old password could still open a session, or even be restored.
    """
    db.session.refresh(user, with_for_update={"of": User})
    if user.password_hash != password_hash:
        raise CredentialsError
