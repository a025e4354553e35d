"""Passwords: check, change, forget."""

from __future__ import annotations

import sqlalchemy as sa
from flask import current_app

from app import outbox
from app.engine import start_writing
from app.extensions import db
from app.lib import passwords
from app.lib.dates import utcnow
from app.lib.emails import EmailSyntaxError, parse_email
from app.lib.passwords import PasswordCost
from app.models import Session, User
from app.services import mails, sessions
from app.services.errors import CredentialsError, GoneError
from app.services.links import Link, Purpose


def cost() -> PasswordCost:
    """What a hash has to cost here and now."""
    return PasswordCost(*current_app.config["PASSWORD_COST"])


def digest(password: str) -> str:
    """The hash to keep of `password`."""
    return passwords.hash_password(password, cost())


def authenticate(name: str, password: str) -> User:
    """The person with this username or address and password, closed accounts included.

    Raises CredentialsError, after the same time and in the same words for every reason.
    """
    user = db.session.scalar(sa.select(User).where(_is_called(name)))
    if user is None:
        passwords.dummy_check(password, cost())
        raise CredentialsError
    if not user.check_password(password):
        raise CredentialsError
    fresh = digest(password) if passwords.needs_rehash(user.password_hash, cost()) else None
    start_writing()
    if fresh:
        user.password_hash = fresh
    return user


def change(user: User, old: str, new: str, *, keep: Session | None) -> None:
    """Change the password and sign `user` out everywhere but on `keep`.

    Raises CredentialsError when `old` is wrong.
    """
    if not user.check_password(old):
        raise CredentialsError
    fresh = digest(new)
    start_writing()
    user.password_hash = fresh
    sessions.end_all(user, but=keep)
    mails.queue("password_changed", user)


def ask_for_reset(email: str) -> None:
    """Take note that somebody at `email` forgot a password; the worker finds out who."""
    outbox.put("mail_password_reset", {"email": email})


def mail_reset(email: str) -> None:
    """Mail a reset link to the owner of `email`, if there is one; earlier links end."""
    try:
        _, key = parse_email(email)
    except EmailSyntaxError:
        return
    user = db.session.scalar(User.active().where(User.email_key == key))
    if user is None:
        return
    user.reset_requested_at = utcnow()
    mails.queue("reset_password", user, link=Purpose.RESET_PASSWORD)


def reset(link: Link, password: str) -> None:
    """Set a new password through a mailed link, and sign the person out everywhere.

    Raises GoneError for the second of two uses of the link, even at once.
    """
    user, old_hash = link.user, link.user.password_hash
    fresh = digest(password)
    start_writing()
    # The hash is part of what the link is bound to: whoever replaces it has used the link.
    claim = sa.update(User).where(User.id == user.id, User.password_hash == old_hash)
    verified = sa.func.coalesce(User.email_verified_at, utcnow())
    values = {"password_hash": fresh, "email_verified_at": verified}
    if db.session.scalar(claim.values(values).returning(User.id)) is None:
        raise GoneError
    db.session.refresh(user)
    sessions.end_all(user)
    mails.queue("password_changed", user)


def _is_called(name: str) -> sa.ColumnElement[bool]:
    if "@" not in name:
        return User.username_key == name.lower()
    try:
        return User.email_key == parse_email(name)[1]
    except EmailSyntaxError:
        return sa.false()
