"""E-mail addresses: confirm the first, change to another, take a change back."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.lib.dates import utcnow
from app.lib.emails import parse_email
from app.models import Session, User
from app.services import mails, passwords, sessions
from app.services.errors import EmailTakenError, GoneError
from app.services.links import Link, Purpose


def send_verification(user: User) -> None:
    """Mail the link that confirms the address of `user`."""
    mails.queue("verify_email", user, link=Purpose.VERIFY)


def correct(user: User, email: tuple[str, str]) -> None:
    """Replace an address that was never confirmed, and mail the link to the new one.

    Says nothing when the address belongs to somebody: they get a mail instead.
    """
    if email[1] == user.email_key:
        send_verification(user)
        return
    try:
        with db.session.begin_nested():
            user.email, user.email_key = email
    except IntegrityError:
        db.session.refresh(user)
        _tell_owner(email[1])
        return
    send_verification(user)


def verify(link: Link) -> None:
    """Confirm the address. Raises GoneError for the second use."""
    claim = sa.update(User).where(User.id == link.user.id, User.email_verified_at.is_(None))
    row = claim.values(email_verified_at=utcnow()).returning(User.id)
    if db.session.scalar(row) is None:
        raise GoneError
    db.session.refresh(link.user)


def request_change(user: User, email: tuple[str, str]) -> None:
    """Ask the new address to confirm, and tell the old one; until then nothing changes."""
    user.pending_email = email[0]
    claims = {"old": user.email, "new": email[0]}
    mails.queue(
        "change_email_notice",
        user,
        link=Purpose.REVERT_EMAIL,
        claims=claims,
        new_address=masked(email[0]),
    )
    if (owner := _owner(email[1])) is not None and owner.id != user.id:
        mails.queue("already_registered", owner)
        return
    mails.queue("change_email_confirm", user, to=email[0], link=Purpose.CHANGE_EMAIL)


def cancel_change(user: User) -> None:
    user.pending_email = None
    db.session.flush()


def confirm_change(link: Link, *, keep: Session | None) -> None:
    """Make the pending address the address. Raises GoneError or EmailTakenError."""
    user = link.user
    if user.pending_email is None:
        raise GoneError
    address, key = parse_email(user.pending_email)
    _replace(user, user.email_key, address, key)
    sessions.end_all(user, but=keep)
    mails.queue("email_changed", user)


def revert_change(link: Link) -> None:
    """Go back to the old address, sign everybody out, and offer a new password there.

    Raises GoneError when that change is no longer the latest, EmailTakenError when the old
    address belongs to somebody else by now.
    """
    user, old, new = link.user, link.claims["old"], link.claims["new"]
    if new not in (user.email, user.pending_email):
        raise GoneError
    address, key = parse_email(old)
    _replace(user, user.email_key, address, key)
    sessions.end_all(user)
    passwords.mail_reset(address)


def masked(address: str) -> str:
    """Enough of an address to recognise one's own: `a…@example.com`."""
    name, _, host = address.rpartition("@")
    return f"{name[:1]}…@{host}"


def _replace(user: User, old_key: str, address: str, key: str) -> None:
    claim = sa.update(User).where(User.id == user.id, User.email_key == old_key)
    values = {
        "email": address,
        "email_key": key,
        "pending_email": None,
        "email_verified_at": utcnow(),
    }
    try:
        with db.session.begin_nested():
            is_done = db.session.scalar(claim.values(values).returning(User.id)) is not None
    except IntegrityError:
        raise EmailTakenError from None
    if not is_done:
        raise GoneError
    db.session.refresh(user)


def _owner(key: str) -> User | None:
    return db.session.scalar(sa.select(User).where(User.email_key == key))


def _tell_owner(key: str) -> None:
    if (owner := _owner(key)) is not None:
        mails.queue("already_registered", owner)
