"""Email addresses: verify, correct, change, revert a change."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.database.transactions import restart_for_write
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.emails import parse_email
from app.lib.tokens import hash_token, random_token
from app.models import Session, User
from app.services.accounts import accounts, blocklist, passwords, security_events, sessions
from app.services.accounts.links import Link, Purpose, may_revert
from app.services.accounts.users import email_owner
from app.services.errors import (
    EmailKnownError,
    EmailTakenError,
    GoneError,
    SuspendedError,
    TooManyMailsError,
    TooSoonError,
)
from app.services.messages import mails

CORRECTION_PERIOD = timedelta(hours=24)
REVERT_PERIOD = timedelta(days=7)


def send_verification(user: User) -> None:
    """Send the link that confirms the address of `user`; if it is not theirs, tell its owner."""
    mails.queue("verify_email", user, link=Purpose.VERIFY)


def check_new(user: User, email: tuple[str, str]) -> None:
    """Check where mail to the address goes that `user` changes to, before anything is written.

    Raises BlockedAddressError.
    """
    if not has_given(user, email[1]):
        blocklist.require_allowed_mail_hosts(email[1])


def correct(user: User, email: tuple[str, str]) -> None:
    """Replace an address that was never confirmed, and send the link to the new one.

    Does not reveal that an address is in use: `user` then has it without owning it, and its
    owner is notified by email. Raises BlockedAddressError.
    """
    _require_allowed(user, email)
    try:
        with db.session.begin_nested():
            user.email, user.email_key = email
    except IntegrityError:
        db.session.refresh(user)
        user.email, user.email_key = email[0], accounts.unowned_key()
    send_verification(user)


def replace(user: User, email: tuple[str, str]) -> None:
    """Replace the address at once, on a site that sends no mail.

    Raises EmailKnownError or BlockedAddressError.
    """
    _require_allowed(user, email)
    try:
        with db.session.begin_nested():
            user.email, user.email_key = email
            user.email_verified_at = user.pending_email = None
            security_events.record(user, "email_changed")
    except IntegrityError:
        raise EmailKnownError from None


def has_given(user: User, key: str) -> bool:
    """Whether `user` gave the address with this key, be it theirs or another account's.

    Otherwise the answer would tell which of the two it is.
    """
    own_key = user.email_key if user.owns_email else parse_email(user.email)[1]
    return key == own_key


def may_correct(user: User) -> bool:
    """Whether the address may still be replaced without the password.

    Later that takes the password: an unattended browser must not be enough to take the account.
    """
    return not user.is_verified and user.created_at + CORRECTION_PERIOD > utcnow()


def verify(link: Link) -> None:
    """Confirm the address. Raises GoneError for the second use."""
    claim = sa.update(User).where(
        User.id == link.user.id,
        User.email_key == link.user.email_key,
        User.email_verified_at.is_(None),
    )
    row = claim.values(email_verified_at=utcnow()).returning(User.id)
    if db.session.scalar(row) is None:
        raise GoneError
    db.session.refresh(link.user)


def request_change(user: User, email: tuple[str, str]) -> None:
    """Send a confirmation link to the new address, and a notice to the old one.

    Raises TooSoonError while the last change can still be reverted: a second change would
    invalidate that link. Raises TooManyMailsError if the notice, which has it, cannot be sent.
    Raises BlockedAddressError.
    """
    _require_allowed(user, email)
    changed_at = user.email_changed_at
    if changed_at is not None and changed_at + REVERT_PERIOD > utcnow():
        raise TooSoonError
    user.pending_email = email[0]
    # Only a hash of the new address: the recipient of the link can read its claims.
    claims = {"old": user.email, "new": hash_token(email[0])}
    is_notified = mails.queue(
        "change_email_notice",
        user,
        link=Purpose.REVERT_EMAIL,
        claims=claims,
        new_address=masked(email[0]),
    )
    # Whoever knows the password could use up the notices first, and the change would stay.
    if not is_notified:
        raise TooManyMailsError
    if (owner := email_owner(email[1])) is not None and owner.id != user.id:
        passwords.notify_address_owner(owner)
        return
    mails.queue("change_email_confirm", user, to=email[0], link=Purpose.CHANGE_EMAIL)


def _require_allowed(user: User, email: tuple[str, str]) -> None:
    """Nobody changes to an address of the block list; whoever has one may keep it."""
    if not has_given(user, email[1]):
        blocklist.require_allowed(email_key=email[1])


def cancel_change(user: User) -> None:
    user.pending_email = None
    db.session.flush()


def confirm_change(link: Link, *, keep: Session | None) -> None:
    """Replace the address by the pending one.

    Raises GoneError, SuspendedError, EmailTakenError, or BlockedAddressError.
    """
    user = link.user
    if user.pending_email is None:
        raise GoneError
    if user.is_suspended:
        raise SuspendedError
    address, key = parse_email(user.pending_email)
    _require_allowed(user, (address, key))
    _replace(user, user.email_key, address, key)
    user.email_changed_at = utcnow()
    db.session.flush()
    sessions.end_all(user, except_for=keep)
    security_events.record(user, "email_changed")
    mails.queue("email_changed", user)


def revert_change(link: Link) -> None:
    """Restore the old address, sign out every device, and send a password reset there.

    The old password is replaced, since the attacker who changed the address knew it.
    Restarts the transaction.
    Raises GoneError when that change is no longer the latest, EmailTakenError when the old
    address belongs to somebody else by now. Also for the suspended: what somebody else did with
    the account may be why they are.
    """
    user = link.user
    random_hash = passwords.hash_password(random_token())
    restart_for_write()
    if not may_revert(link):
        raise GoneError
    address, key = parse_email(link.claims["old"])
    _replace(user, user.email_key, address, key)
    user.password_hash = random_hash
    sessions.end_all(user)
    security_events.record(user, "email_kept")
    # Counted apart: requests of strangers must not use up the link that the owner needs now.
    passwords.send_reset(user, counted_as="revert_email")


def masked(address: str) -> str:
    """Enough of an address to recognize one's own: `a…@example.com`."""
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
